package nbformat

import "strings"

// upgrade3 turns the JSON document of nbformat 3 into one of nbformat 4, in place. Metadata of worksheets, the cells'
// language and the notebook's name have no place in nbformat 4 and are dropped, as Jupyter does.
func upgrade3(doc map[string]any) error {
	if _, ok := doc["worksheets"]; !ok {
		return faultAt("", `not a notebook: nbformat 3 without a "worksheets" list`)
	}
	cells := []any{}
	f := &fields{left: doc}
	f.list("worksheets", func(_ int, sheet map[string]any) error {
		g := &fields{left: sheet}
		g.list("cells", func(_ int, cell map[string]any) error {
			cells = append(cells, cell)
			return upgradeCell(cell)
		})
		return g.err
	})
	f.take("orig_nbformat")
	f.take("orig_nbformat_minor")
	if metadata, ok := doc["metadata"].(map[string]any); ok {
		delete(metadata, "name")
	}
	doc["cells"] = cells
	return f.err
}

func upgradeCell(cell map[string]any) error {
	f := &fields{left: cell}
	f.take("id") // there were none
	f.take("trusted")
	if _, ok := cell["metadata"]; !ok {
		cell["metadata"] = map[string]any{}
	}
	switch cell["cell_type"] {
	case "code":
		upgradeCode(f)
	case "heading":
		upgradeHeading(f)
	case "html":
		cell["cell_type"] = string(Markdown)
		upgradeText(f)
	default:
		upgradeText(f)
	}
	return f.err
}

func upgradeCode(f *fields) {
	f.take("language")
	if collapsed, ok := f.take("collapsed"); ok {
		if metadata, ok := f.left["metadata"].(map[string]any); ok {
			metadata["collapsed"] = collapsed
		}
	}
	f.left["source"] = text3(f, "input")
	count, _ := f.take("prompt_number")
	f.left["execution_count"] = count
	outputs := []any{}
	f.list("outputs", func(_ int, output map[string]any) error {
		outputs = append(outputs, output)
		return upgradeOutput(output)
	})
	f.left["outputs"] = outputs
}

func upgradeText(f *fields) {
	f.left["source"] = text3(f, "source")
	if _, ok := f.left["rendered"]; ok {
		f.left["rendered"] = text3(f, "rendered")
	}
}

// upgradeHeading makes the heading one Markdown line. Markdown ends at level six.
func upgradeHeading(f *fields) {
	level := 1
	if v, ok := f.take("level"); ok {
		n, err := integer(v)
		if err != nil {
			f.fail(mismatch("level", "an integer", v))
		}
		level = min(max(n, 1), 6)
	}
	var lines []string
	for _, line := range splitLines(text3(f, "source")) {
		lines = append(lines, trimLineEnd(line.(string)))
	}
	f.left["cell_type"] = string(Markdown)
	f.left["source"] = strings.Repeat("#", level) + " " + strings.Join(lines, " ")
}

// trimLineEnd removes the one line end at the end of a line of splitLines.
func trimLineEnd(line string) string {
	if s, ok := strings.CutSuffix(line, "\r\n"); ok {
		return s
	}
	return strings.TrimRight(line, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
}

// text3 takes text that may be stored as lines. Early files hold the lines without their ends.
func text3(f *fields, key string) string {
	return f.text(key, separator3(f.left[key]))
}

func separator3(v any) string {
	lines, ok := v.([]any)
	if !ok || len(lines) == 0 {
		return ""
	}
	if first, ok := lines[0].(string); ok && (strings.HasSuffix(first, "\n") || strings.HasSuffix(first, "\r")) {
		return ""
	}
	return "\n"
}

func upgradeOutput(output map[string]any) error {
	f := &fields{left: output}
	switch output["output_type"] {
	case "pyout":
		output["output_type"] = string(ExecuteResult)
		count, _ := f.take("prompt_number")
		upgradeData(f)
		output["execution_count"] = count
	case "display_data":
		upgradeData(f)
	case "pyerr":
		output["output_type"] = string(ErrorOutput)
	case "stream":
		upgradeStream(f)
	}
	return f.err
}

func upgradeStream(f *fields) {
	f.left["text"] = text3(f, "text")
	name, ok := f.take("stream")
	if !ok {
		name = "stdout"
	}
	f.left["name"] = name
}

// mimeTypes are the short names that nbformat 3 has for MIME types.
var mimeTypes = map[string]string{
	"text":       "text/plain",
	"html":       "text/html",
	"svg":        "image/svg+xml",
	"png":        "image/png",
	"jpeg":       "image/jpeg",
	"latex":      "text/latex",
	"json":       "application/json",
	"javascript": "application/javascript",
	"pdf":        "application/pdf",
}

// upgradeData moves what is shown into an object of its own and gives it its MIME types.
func upgradeData(f *fields) {
	data := map[string]any{}
	metadata := f.object("metadata")
	for key, v := range f.left {
		if key == "output_type" {
			continue
		}
		if mime, short := mimeTypes[key]; short {
			sep := ""
			if isLines(mime) || isJSON(mime) {
				sep = separator3(v)
			}
			v = f.text(key, sep)
		}
		delete(f.left, key)
		data[key] = v
	}
	longNames(data)
	longNames(metadata)
	if text, ok := data["application/json"].(string); ok {
		data["application/json"] = embedded(text)
	}
	f.left["data"], f.left["metadata"] = data, metadata
}

func longNames(bundle map[string]any) {
	for short, mime := range mimeTypes {
		if v, ok := bundle[short]; ok {
			delete(bundle, short)
			bundle[mime] = v
		}
	}
}

// embedded returns the value of JSON that nbformat 3 stores as text. What is no JSON, or nested deeper than a
// document may be, stays text.
func embedded(text string) any {
	const outside = 10 // levels of the document around it
	v, err := decode([]byte(text))
	if err != nil || tooDeep(v, deepest-outside) {
		return text
	}
	return v
}
