// Package crossing carries calls between a host and a plugin that share no memory.
//
// Each side has a [Peer]. What crosses is known from a [Table], which is generated from the API, and equal where both sides know the
// same type: values are copied, interfaces of the table stay where they are and are called from the other side, errors of the API keep
// their identity. How bytes get to the other side is the [Carrier]'s affair.
package crossing
