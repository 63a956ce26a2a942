package kernel

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/resident-go/resident/kernel/zmtp"
)

// connection is the connection file of a front end, or its registration file, completed by what the kernel has chosen.
type connection struct {
	Transport       string `json:"transport"`
	IP              string `json:"ip"`
	Shell           int    `json:"shell_port"`
	IOPub           int    `json:"iopub_port"`
	Stdin           int    `json:"stdin_port"`
	Control         int    `json:"control_port"`
	HB              int    `json:"hb_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
	CurvePublicKey  string `json:"curve_publickey"`
	CurveSecretKey  string `json:"curve_secretkey"`

	Registration *registration `json:"-"` // nil if the front end has chosen the ports

	curve *zmtp.CurveKeys // nil without encryption
}

func readConnection(file string) (connection, error) {
	c := connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: "hmac-sha256"}
	fail := func(err error) (connection, error) {
		return c, fmt.Errorf("read connection file %s: %w", file, err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("read connection file: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return fail(err)
	}
	switch {
	case c.Transport != "tcp" && c.Transport != "ipc":
		return fail(fmt.Errorf("transport is %q, expected tcp or ipc", c.Transport))
	case c.SignatureScheme != "hmac-sha256":
		return fail(fmt.Errorf("signature_scheme is %q, expected hmac-sha256", c.SignatureScheme))
	case c.CurvePublicKey != "" || c.CurveSecretKey != "":
		if c.curve, err = zmtp.ParseCurveKeys(c.CurvePublicKey, c.CurveSecretKey); err != nil {
			// Going on without would put in the clear what somebody wanted encrypted.
			return fail(err)
		}
	}
	var r registration
	if err := json.Unmarshal(raw, &r); err != nil {
		return fail(err)
	}
	ports := map[string]int{"registration_port": r.Port}
	if r.Port != 0 {
		c.Registration = &r
		c.choose()
	} else {
		ports = map[string]int{"shell_port": c.Shell, "iopub_port": c.IOPub, "stdin_port": c.Stdin, "control_port": c.Control, "hb_port": c.HB}
	}
	for name, port := range ports {
		if port <= 0 || port > 65535 {
			return fail(fmt.Errorf("%s is %d, expected 1 to 65535", name, port))
		}
	}
	return c, nil
}

// endpoint is the address of a socket. With ipc the address is a path, and the port a suffix of it.
func (c connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return "ipc://" + c.IP + "-" + strconv.Itoa(port)
	}
	return "tcp://" + net.JoinHostPort(c.IP, strconv.Itoa(port))
}
