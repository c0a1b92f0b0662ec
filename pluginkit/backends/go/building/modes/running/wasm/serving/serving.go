//go:build wasip1

// Package serving is the plugin's side of a WebAssembly module.
package serving

import (
	"context"
	"unsafe"

	"pluginkit/running/crossing"
)

//go:wasmimport pluginkit call
func call(request unsafe.Pointer, size uint32, room unsafe.Pointer, capacity uint32) uint64

//go:wasmimport pluginkit answer
func answer(number uint32, room unsafe.Pointer)

//go:wasmimport pluginkit ended
func ended(number uint32) uint32

const (
	smallRoom = 64 << 10 // larger ones are made for one request
	leastRoom = 512
)

var (
	peer  *crossing.Peer
	room  []byte // for the next request
	kept  []byte // the last answer, until the host has read it
	spare []byte // room for an answer of the host
)

// Serve has the module answer its host. It is called from init, and export offers what the plugin exports.
func Serve(table *crossing.Table, export func(*crossing.Peer)) {
	peer = crossing.NewPeer(table, host{}, crossing.Options{})
	export(peer)
}

// makeRoom returns where the host puts a request of that size.
//
//go:wasmexport pluginkit_room
func makeRoom(size uint32) unsafe.Pointer {
	room = make([]byte, max(size, leastRoom))
	return unsafe.Pointer(unsafe.SliceData(room))
}

// serve answers the request in the room, and returns where the answer is and how long. Calls can be nested in calls of the host.
//
//go:wasmexport pluginkit_call
func serve(size, number uint32) uint64 {
	request := room[:size]
	if size > smallRoom {
		room = nil
	} else {
		request = append([]byte(nil), request...)
	}
	ctx := &calling{number: number}
	defer ctx.returned()
	kept = peer.Serve(ctx, request)
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(kept))))<<32 | uint64(len(kept))
}

// host is the other side.
type host struct{}

// Carry takes a request to the host. All stands still until it answers, but for calls of it that are nested in this one.
func (host) Carry(_ context.Context, request []byte) ([]byte, error) {
	into := spare
	spare = nil
	if into == nil {
		into = make([]byte, leastRoom)
	}
	said := call(unsafe.Pointer(unsafe.SliceData(request)), uint32(len(request)), unsafe.Pointer(unsafe.SliceData(into)), uint32(len(into)))
	number, size := uint32(said>>32), uint32(said)
	if number != 0 {
		whole := make([]byte, size)
		answer(number, unsafe.Pointer(unsafe.SliceData(whole)))
		spare = into
		return whole, nil
	}
	found := append([]byte(nil), into[:size]...)
	spare = into
	return found, nil
}
