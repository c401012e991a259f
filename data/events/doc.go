// Package events reads two event datasets as incidents: the Georeferenced Event
// Dataset of the Uppsala Conflict Data Program (UCDP GED) and exports of the
// Armed Conflict Location & Event Data project (ACLED). It wraps a layer that
// another room decoded, knows the dataset by the names of its columns, and yields
// records whose fields are named as the properties of incidents are.
//
// Every code of the datasets is mapped by a table here. A code that no table
// knows, a date or number that cannot be read, and a contradiction within a row
// are faults of that row. Columns are found by name, because releases differ in
// how many they have and in which order.
//
// The two datasets have different terms. UCDP GED is under CC BY 4.0 and may be
// shown to anybody with its attribution, which the records cite as a source. ACLED
// forbids to pass on its data, so its layers are marked private and nothing of
// its own texts is taken over.
//
// What is not here: the decoding of files, the finding of related places, and
// injuries, which neither dataset codes. Both are left out of the fields, so that
// what people add to an imported incident by hand stays when it is imported anew.
package events
