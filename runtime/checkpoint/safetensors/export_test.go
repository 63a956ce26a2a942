package safetensors

// ParseIndex parses an index without opening the files it names, which it returns.
func ParseIndex(text []byte) (files []string, err error) {
	x, err := parseIndex(text)
	if err != nil {
		return nil, inFile("x.index.json", err)
	}
	return x.files, nil
}
