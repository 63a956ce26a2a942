package grade

// Given returns the source of each cell that every submission's session runs as it stands: none that is answered, none that tests, none that students do
// not have, and none that has to do with what these declare. Who can read what these are compiled to learns nothing that students do not have.
func (g *Grader) Given() (sources []string) {
	secret := map[string]bool{} // names that something else declares or changes
	for _, s := range g.steps {
		if s.answer || s.test != nil || !g.shown[s.cell.Source] || overlap(s.mentions, secret) {
			for _, name := range s.changes {
				secret[name] = true
			}
			continue
		}
		if s.needed {
			sources = append(sources, s.given)
		}
	}
	return sources
}
