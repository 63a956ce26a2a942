package kernel

import "slices"

// shells are the queues of all shells: the main one, whose id is "", and the subshells that front ends create. What goes on in
// one does not wait for the others; all count their cells together. Like a queue it is a pure state machine.
type shells struct {
	queues map[string]*queue // also those of deleted subshells whose last job has yet to end
	ids    []string          // of the subshells, in the order in which they were created
	count  int
}

func newShells() *shells {
	s := &shells{queues: map[string]*queue{}}
	s.queues[""] = newQueue(&s.count)
	return s
}

// create adds a subshell.
func (s *shells) create(id string) {
	s.queues[id] = newQueue(&s.count)
	s.ids = append(s.ids, id)
}

// known reports whether requests may go to a shell.
func (s *shells) known(id string) bool { return id == "" || slices.Contains(s.ids, id) }

// remove deletes a subshell. Cells that wait in it are aborted, the one that runs is cancelled.
func (s *shells) remove(id string) []effect {
	s.ids = slices.DeleteFunc(s.ids, func(other string) bool { return other == id })
	q := s.queues[id]
	effects := s.in(id, q.stop())
	if q.running == nil {
		delete(s.queues, id)
	}
	return effects
}

func (s *shells) arrive(id string, j job) []effect { return s.in(id, s.queues[id].arrive(j)) }

func (s *shells) ended(id string, failed bool) { s.queues[id].ended(failed) }

func (s *shells) finish(id string) []effect {
	effects := s.in(id, s.queues[id].finish())
	if !s.known(id) {
		delete(s.queues, id)
	}
	return effects
}

// interrupt cancels what runs in the main shell, or when nothing does there, in all subshells: whoever presses the button means
// what keeps the kernel busy.
func (s *shells) interrupt() []effect {
	if effects := s.queues[""].interrupt(); effects != nil {
		return s.in("", effects)
	}
	return s.each((*queue).interrupt)
}

// stop ends all shells: nothing is started any more.
func (s *shells) stop() []effect { return s.each((*queue).stop) }

// running reports whether a job has yet to end.
func (s *shells) running() bool {
	for _, q := range s.queues {
		if q.running != nil {
			return true
		}
	}
	return false
}

func (s *shells) each(do func(*queue) []effect) (effects []effect) {
	for _, id := range slices.Concat([]string{""}, s.ids) {
		effects = append(effects, s.in(id, do(s.queues[id]))...)
	}
	return effects
}

// in says in which shell the effects are.
func (s *shells) in(id string, effects []effect) []effect {
	for i := range effects {
		effects[i].shell = id
	}
	return effects
}
