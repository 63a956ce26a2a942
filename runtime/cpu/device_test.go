package cpu

import (
	"testing"

	"github.com/resident-go/resident/runtime/device/devicetest"
)

func TestDevice(t *testing.T) {
	devicetest.Run(t, New())
}
