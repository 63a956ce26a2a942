//go:build !unix

package implib

import "os"

// mapFile reads a file into memory: what is read of libraries does not depend on the system that reads them.
func mapFile(path string) (data []byte, unmap func() error, err error) {
	data, err = os.ReadFile(path)
	return data, func() error { return nil }, err
}
