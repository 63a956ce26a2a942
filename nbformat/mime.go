package nbformat

import "strings"

// isJSON says whether values of this MIME type are JSON values. All others are text, base64 included.
func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

// isLines says whether text of this MIME type is stored as a list of lines.
func isLines(mime string) bool {
	return strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml"
}

// joinBundle makes the lists of lines in a MIME bundle single strings, in place.
func joinBundle(bundle map[string]any) {
	for mime, v := range bundle {
		if text, ok := joinLines(v, ""); ok && !isJSON(mime) {
			bundle[mime] = text
		}
	}
}

// splitBundle returns the bundle as it is stored.
func splitBundle(bundle map[string]any) map[string]any {
	out := make(map[string]any, len(bundle))
	for mime, v := range bundle {
		if text, ok := v.(string); ok && isLines(mime) {
			v = splitLines(text)
		}
		out[mime] = v
	}
	return out
}
