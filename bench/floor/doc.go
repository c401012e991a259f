// Package floor holds the small programs that Oxus is measured against: a bare Echo handler that
// writes bytes it was given, and a bare pgx program that runs the best SQL for a question and
// writes the rows as they come. Neither checks, orders, encodes or caches anything: what they
// take is the least that the libraries take. What is not here: anything a client could use.
package floor
