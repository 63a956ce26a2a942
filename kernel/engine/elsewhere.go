package engine

import "errors"

// Directives of other kernels: what they ask for is always so, or cannot be had, which they say.

// nothing is for what is always so.
func (c *call) nothing() error { return nil }

func (c *call) autoget() error {
	c.o.around.setFetches(true)
	return nil
}

func (c *call) noautoget() error {
	c.o.around.setFetches(false)
	return nil
}

func (c *call) version() error {
	mode, _ := c.Mode()
	c.printf("resident %s, %s, cells are built as %s libraries\n", c.o.Version, c.base.tc.Version, mode)
	return nil
}

func (c *call) wasm() error {
	return errors.New("cells run in the worker beside the kernel, not in the browser: show HTML with display.HTML, and what reacts with package kernel/widget; " +
		"a program for the browser can be written with %save FILE and built with !GOOS=js GOARCH=wasm go build FILE")
}

func (c *call) widgetsHeartbeat() error {
	return errors.New("widgets speak through Jupyter's own messages, so there is no connection of theirs to try: show one of package kernel/widget")
}
