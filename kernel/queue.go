package kernel

import "github.com/resident-go/resident/kernel/wire"

// job is one request on shell. The jobs of one shell are worked on one at a time, in the order in which they came.
type job struct {
	req     *wire.Message
	execute *wire.ExecuteRequest // nil for everything else
	comm    bool                 // a message on a comm
}

// stoppable jobs run people's code, which an interrupt reaches.
func (j job) stoppable() bool { return j.execute != nil || j.comm }

func (j job) counts() bool { return j.execute != nil && !j.execute.Silent && j.execute.StoreHistory }

// effect is something that the shell loop has to do. Only one of start, abort and cancel is set.
type effect struct {
	shell   string
	start   *job
	abort   *job // answer "aborted" without running it
	cancel  bool // interrupt the job that runs
	prepare *job // compile it ahead of time
	count   int  // start: the execution count
}

// queue decides what happens to the requests of one shell. It is a pure state machine: each method is an event, and
// returns what is to be done, in order. Whoever performs a start must call finish when the job is over, and for a cell
// over before that.
type queue struct {
	waiting  []job
	running  *job
	over     bool  // the running cell has ended; its answer is on its way
	doomed   []job // cells to abort when the running one has been answered
	count    *int  // of the last cell that was counted, in any shell
	prepared bool  // the first waiting cell has been announced
	stopped  bool
}

func newQueue(count *int) *queue { return &queue{count: count} }

// arrive adds a request.
func (q *queue) arrive(j job) []effect {
	if q.stopped {
		return nil
	}
	q.waiting = append(q.waiting, j)
	if q.running == nil {
		return q.next()
	}
	return q.prepareNext()
}

// ended says that the running cell has ended, before anybody is told. A cell that failed takes the cells with it that
// wait by now, when it was asked to; those that a front end sends after it has seen the failure run. Requests of other
// kinds are answered in any case.
func (q *queue) ended(failed bool) {
	q.over = true
	if failed && q.running.execute.StopOnError {
		q.doomed = append(q.doomed, q.takeCells()...)
	}
}

// finish says that the running job has been answered.
func (q *queue) finish() []effect {
	q.running, q.over = nil, false
	if q.stopped {
		return nil
	}
	return append(q.abort(), q.next()...)
}

// interrupt cancels the running cell, or what is done for a comm message. What waits behind it goes on or is aborted, as after any other failure.
func (q *queue) interrupt() []effect {
	if q.running == nil || !q.running.stoppable() {
		return nil
	}
	return []effect{{cancel: true}}
}

// stop ends the queue: nothing is started any more.
func (q *queue) stop() []effect {
	if q.stopped {
		return nil
	}
	q.stopped = true
	q.doomed = append(q.doomed, q.takeCells()...)
	effects := q.abort()
	q.waiting = nil
	if q.running != nil {
		effects = append(effects, effect{cancel: true})
	}
	return effects
}

// takeCells takes the cells out of the waiting jobs.
func (q *queue) takeCells() []job {
	var cells, rest []job
	for _, j := range q.waiting {
		if j.execute != nil {
			cells = append(cells, j)
		} else {
			rest = append(rest, j)
		}
	}
	q.waiting, q.prepared = rest, false
	return cells
}

func (q *queue) abort() []effect {
	var effects []effect
	for _, j := range q.doomed {
		effects = append(effects, effect{abort: &j})
	}
	q.doomed = nil
	return effects
}

func (q *queue) next() []effect {
	if len(q.waiting) == 0 {
		return nil
	}
	j := q.waiting[0]
	q.waiting, q.running = q.waiting[1:], &j
	if j.counts() {
		*q.count++
	}
	if j.execute != nil {
		q.prepared = false
	}
	return append([]effect{{start: &j, count: *q.count}}, q.prepareNext()...)
}

// prepareNext announces the first waiting cell, once, unless it is about to start anyway.
func (q *queue) prepareNext() []effect {
	if q.prepared || q.over {
		return nil
	}
	for _, j := range q.waiting {
		if j.execute != nil {
			q.prepared = true
			return []effect{{prepare: &j}}
		}
	}
	return nil
}
