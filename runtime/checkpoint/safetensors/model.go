package safetensors

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Open opens a file, or a model in several files: path is a file, an index (NAME.safetensors.index.json), or a folder that
// holds one of FileName and IndexName.
func Open(path string) (*Reader, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		if path, err = modelIn(path); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(path, ".index.json") {
		return openIndex(path)
	}
	return openFile(path)
}

// modelIn finds the model of a folder.
func modelIn(folder string) (string, error) {
	file, index := filepath.Join(folder, FileName), filepath.Join(folder, IndexName)
	hasFile, hasIndex := exists(file), exists(index)
	switch {
	case hasFile && hasIndex:
		return "", fmt.Errorf("read %s: it holds %s and %s, open one of them", quoted(folder), FileName, IndexName)
	case hasFile:
		return file, nil
	case hasIndex:
		return index, nil
	}
	return "", fmt.Errorf("read %s: it holds neither %s nor %s", quoted(folder), FileName, IndexName)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func openIndex(path string) (*Reader, error) {
	x, err := readIndex(path)
	if err != nil {
		return nil, err
	}
	return x.join(path, filepath.Dir(path))
}

func readIndex(path string) (*index, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > MaxHeader {
		return nil, inFile(path, fault("", "the index is %d bytes long, at most %d are allowed", size, MaxHeader))
	}
	text := make([]byte, size)
	if err := readAt(f, text, 0); err != nil {
		return nil, inFile(path, err)
	}
	x, err := parseIndex(text)
	if err != nil {
		return nil, inFile(path, err)
	}
	return x, nil
}
