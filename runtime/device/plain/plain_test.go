package plain_test

import (
	"testing"

	"github.com/resident-go/resident/runtime/device/devicetest"
	"github.com/resident-go/resident/runtime/device/plain"
)

// The oracle meets its own contract: in all layouts and types as in packed float64.
func TestDevice(t *testing.T) { devicetest.Run(t, plain.New()) }
