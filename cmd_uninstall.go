package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel"
)

func (p *Program) uninstallCommand() *cobra.Command {
	var prefix string
	var all bool
	c := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the kernel away from Jupyter, and say what else there is to delete",
		Long: `Uninstall removes the kernelspec that "resident install" wrote. With --all it also removes what was built for cells (for all installations of this user: another one
builds it again) and the history of cells. Startup files and the program itself stay; it says where they are.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.uninstall(prefix, all) },
	}
	c.Flags().StringVar(&prefix, "prefix", "", "uninstall from under this `folder`, such as a Python environment (default: this user's)")
	c.Flags().BoolVar(&all, "all", false, "remove built cells and the history, too")
	return c
}

func (p *Program) uninstall(prefix string, all bool) error {
	dir, err := kernel.SpecDir(prefix)
	if err != nil {
		return err
	}
	spec := filepath.Join(dir, kernel.SpecName)
	if !exists(filepath.Join(spec, "kernel.json")) {
		return fmt.Errorf("uninstall: there is no kernelspec %s; --prefix names another place", spec)
	}
	if err := p.remove(spec); err != nil {
		return err
	}
	for _, place := range belongings() {
		switch {
		case !exists(place.path):
		case !place.removable:
			fmt.Fprintf(p.Stdout, "left    %s: %s\n", place.path, place.what)
		case !all:
			fmt.Fprintf(p.Stdout, "left    %s: %s; --all removes it\n", place.path, place.what)
		default:
			if err := p.remove(place.path, place.beside...); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes a folder or a file, and quietly what lies beside it and is nothing without it.
func (p *Program) remove(path string, beside ...string) error {
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("uninstall: %w", err)
	}
	for _, b := range beside {
		os.Remove(b) // a folder that holds more stays
	}
	_, err := fmt.Fprintf(p.Stdout, "removed %s\n", path)
	return err
}

// belonging is a place where something of this program lies.
type belonging struct {
	path, what string
	removable  bool     // nobody has written it with care
	beside     []string // goes with it: a lock, then the folder
}

// belongings are all such places but kernelspecs; what is not there is among them.
func belongings() (places []belonging) {
	if cache, err := os.UserCacheDir(); err == nil {
		places = append(places, belonging{filepath.Join(cache, "resident"), "what was built", true, nil})
	}
	if file := kernel.HistoryFile(); file != "" { // on macOS it lies beside the startup files
		places = append(places, belonging{file, "the history of cells", true, []string{file + ".lock", filepath.Dir(file)}})
	}
	if config, err := os.UserConfigDir(); err == nil {
		places = append(places, belonging{filepath.Join(config, "resident"), "your startup files", false, nil})
	}
	if program, err := os.Executable(); err == nil {
		places = append(places, belonging{program, "this program", false, nil})
	}
	return places
}
