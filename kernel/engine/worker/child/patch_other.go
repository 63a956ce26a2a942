//go:build !linux || !(amd64 || arm64)

package child

import (
	"fmt"
	"runtime"
)

func replace(name string, at uintptr, new any) error {
	return fmt.Errorf("%s cannot be replaced on %s/%s", name, runtime.GOOS, runtime.GOARCH)
}
