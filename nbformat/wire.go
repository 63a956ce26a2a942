package nbformat

// MsgType returns the type of the Jupyter message that carries the output on IOPub.
func (o Output) MsgType() string {
	if o.Update {
		return "update_display_data"
	}
	return string(o.Type)
}

// Content returns the content of the message that carries the output on IOPub. Maps and lists in it are never null. They
// are the output's own, not copies.
func (o Output) Content() map[string]any {
	switch o.Type {
	case Stream:
		return map[string]any{"name": o.Name, "text": o.Text}
	case ErrorOutput:
		traceback := o.Traceback
		if traceback == nil {
			traceback = []string{}
		}
		return map[string]any{"ename": o.EName, "evalue": o.EValue, "traceback": traceback}
	}
	content := map[string]any{"data": orEmpty(o.Data), "metadata": orEmpty(o.Metadata), "transient": o.transient()}
	if o.Type == ExecuteResult && !o.Update {
		content["execution_count"] = o.ExecutionCount
	}
	return content
}

func (o Output) transient() map[string]any {
	if o.DisplayID == "" {
		return map[string]any{}
	}
	return map[string]any{"display_id": o.DisplayID}
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
