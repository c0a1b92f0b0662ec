package subprocess

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// image holds the bytes of an executable that were judged: a file that has no name, so that nothing stays behind and nobody replaces it.
type image struct{ file *os.File }

func keep(executable []byte) (*image, error) {
	file, err := os.CreateTemp("", "plugin-")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, bytes.NewReader(executable))
	if removed := os.Remove(file.Name()); err == nil {
		err = removed
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &image{file}, nil
}

// Close gives the bytes up.
func (i *image) Close() error { return i.file.Close() }

// place writes the executable into a directory that only this user can enter, and returns its path.
func (i *image) place(directory, name string) (string, error) {
	path := filepath.Join(directory, name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, io.NewSectionReader(i.file, 0, 1<<62))
	if closed := file.Close(); err == nil {
		err = closed
	}
	return path, err
}
