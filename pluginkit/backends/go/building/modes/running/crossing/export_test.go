package crossing

// Held returns how many own objects a peer holds for the other side, and how many of the other side's it has.
func (p *Peer) Held() (own, proxies int) {
	l := p.current.Load()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.own), len(l.proxies)
}
