package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
)

const (
	headerSize = 4 + 1 + 8
	bufferSize = 64 << 10
)

// write sends frames until the stream ends, and flushes when nothing more waits.
func (c *Conn) write() {
	out := bufio.NewWriterSize(c.stream, bufferSize)
	for {
		select {
		case one := <-c.out:
			err := put(out, one)
			if err == nil && len(c.out) == 0 {
				err = out.Flush()
			}
			if err != nil {
				c.end()
				return
			}
		case <-c.done:
			return
		}
	}
}

func put(out *bufio.Writer, one frame) error {
	var header [headerSize]byte
	binary.BigEndian.PutUint32(header[:], uint32(len(one.body)))
	header[4] = one.kind
	binary.BigEndian.PutUint64(header[5:], one.number)
	if _, err := out.Write(header[:]); err != nil {
		return err
	}
	_, err := out.Write(one.body)
	return err
}

// read takes frames until the stream ends, or should.
func (c *Conn) read(ctx context.Context, serve func(context.Context, []byte) []byte) {
	in := bufio.NewReaderSize(c.stream, bufferSize)
	for {
		one, err := take(in)
		if err != nil {
			return
		}
		switch one.kind {
		case request:
			c.accept(ctx, one, serve)
		case answer:
			c.deliver(one)
		case cancellation:
			c.cancel(one.number)
		default: // a farewell, or nothing that our other end sends
			return
		}
	}
}

// take reads one frame. Memory is taken for what has arrived, not for what a header announces.
func take(in *bufio.Reader) (frame, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return frame{}, err
	}
	size := binary.BigEndian.Uint32(header[:])
	one := frame{kind: header[4], number: binary.BigEndian.Uint64(header[5:])}
	if size > Longest {
		return frame{}, io.ErrShortBuffer
	}
	if size <= 1<<20 {
		one.body = make([]byte, size)
		_, err := io.ReadFull(in, one.body)
		return one, err
	}
	var body bytes.Buffer
	_, err := io.CopyN(&body, in, int64(size))
	one.body = body.Bytes()
	return one, err
}

func (c *Conn) accept(ctx context.Context, one frame, serve func(context.Context, []byte) []byte) {
	ctx, cancel := context.WithCancel(ctx)
	c.mutex.Lock()
	c.serving[one.number] = cancel
	c.mutex.Unlock()
	go func() {
		body := serve(ctx, one.body)
		c.cancel(one.number)
		c.send(frame{answer, one.number, body})
	}()
}

// deliver hands an answer to who waits for it; nobody does after a cancellation.
func (c *Conn) deliver(one frame) {
	c.mutex.Lock()
	waiting := c.waiting[one.number]
	delete(c.waiting, one.number)
	c.mutex.Unlock()
	if waiting != nil {
		waiting <- one.body
	}
}

func (c *Conn) cancel(number uint64) {
	c.mutex.Lock()
	cancel := c.serving[number]
	delete(c.serving, number)
	c.mutex.Unlock()
	if cancel != nil {
		cancel()
	}
}
