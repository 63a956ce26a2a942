// Package implib stub.
package implib
