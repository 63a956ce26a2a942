package main

import (
	"path/filepath"
	"testing"
)

func TestStartupFolder(t *testing.T) {
	config := t.TempDir()
	own := filepath.Join(config, "resident", "startup")
	rows := []struct {
		env  map[string]string
		want string
	}{
		{nil, own},
		{map[string]string{startupVariable: "/elsewhere"}, "/elsewhere"},
		{map[string]string{startupVariable: ""}, ""},
		{map[string]string{"NBGRADER_EXECUTION": "autograde"}, ""},
		{map[string]string{"NBGRADER_VALIDATING": "1", startupVariable: "/elsewhere"}, "/elsewhere"},
		{map[string]string{"XDG_CONFIG_HOME": "", "HOME": ""}, ""},
	}
	for _, r := range rows {
		t.Run("", func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", config)
			for name, value := range r.env {
				t.Setenv(name, value)
			}
			if got := startupFolder(); got != r.want {
				t.Errorf("%v: %q, expected %q", r.env, got, r.want)
			}
		})
	}
}
