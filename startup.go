package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/engine"
)

// startupVariable names a folder of startup files in place of the user's own; set to nothing, it says that there is none.
const startupVariable = "RESIDENT_STARTUP"

// gradingVariables are set by nbgrader for kernels whose results it judges.
var gradingVariables = []string{"NBGRADER_EXECUTION", "NBGRADER_VALIDATING"}

// startupFolder is the folder of the files that a kernel's sessions begin with: resident/startup beside the user's other configuration. Lessons, checks
// and grading have no kernel, or one without startup files: what they come to must not depend on whose home it is.
func startupFolder() string {
	if folder, set := os.LookupEnv(startupVariable); set {
		return folder
	}
	if slices.ContainsFunc(gradingVariables, func(name string) bool { return os.Getenv(name) != "" }) {
		return ""
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(config, "resident", "startup")
}

// findStartup names the files.
func findStartup(context.Context) (string, error) {
	folder := startupFolder()
	files, err := engine.StartupFiles(folder)
	switch {
	case err != nil:
		return "", err
	case folder == "":
		return "", errors.New("no folder for files that kernels begin with")
	case len(files) == 0:
		return "", fmt.Errorf("kernels would begin with files *.go in %s", folder)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	return "kernels begin with " + strings.Join(files, ", ") + " in " + folder, nil
}
