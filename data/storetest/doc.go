// Package storetest holds the behaviour every store must show, whatever it is
// made of: Run asks a store about a small, awkward dataset and tries changes it
// must refuse; Same asks two stores that hold the same data random questions
// and compares the answers. Plain is the simplest store there can be, for
// others to be compared with, and a keeper for tests whose subject is not
// durability.
//
// What is not here: speed, durability after a crash, and what only one kind of
// store can do. Their own tests hold those.
package storetest
