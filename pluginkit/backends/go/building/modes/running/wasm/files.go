package wasm

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tetratelabs/wazero"
	experimental "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/sys"
)

// mounts gives a module directories at the paths that they have here. An error says which one is not there.
func mounts(directories []string) (wazero.FSConfig, error) {
	config := wazero.NewFSConfig()
	for _, one := range directories {
		root, err := filepath.EvalSymlinks(one)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s is not a directory", one)
		}
		mounted := &confined{FS: sysfs.DirFS(root), root: root}
		config = config.(sysfs.FSConfig).WithSysFSMount(mounted, filepath.ToSlash(one))
	}
	return config, nil
}

// confined is a directory out of which no path and no symbolic link leads. [sysfs.DirFS] follows both. Links are not made in it.
type confined struct {
	experimental.FS
	root string // without symbolic links
}

// resolve returns a path in its shortest form. What it means must lie in the directory, with follow also where it is a symbolic link to.
func (c *confined) resolve(name string, follow bool) (string, experimental.Errno) {
	name = path.Clean(name)
	local := filepath.FromSlash(name)
	if name == "." || name == "/" {
		return ".", 0
	}
	if !filepath.IsLocal(local) {
		return "", experimental.EPERM
	}
	parent, err := filepath.EvalSymlinks(filepath.Join(c.root, filepath.Dir(local)))
	if err != nil {
		return "", experimental.UnwrapOSError(err)
	}
	full := filepath.Join(parent, filepath.Base(local))
	if info, err := os.Lstat(full); follow && err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if full, err = filepath.EvalSymlinks(full); err != nil {
			return "", experimental.EPERM
		}
	}
	if full != c.root && !strings.HasPrefix(full, strings.TrimSuffix(c.root, string(filepath.Separator))+string(filepath.Separator)) {
		return "", experimental.EPERM
	}
	return name, 0
}

// OpenFile opens a file.
func (c *confined) OpenFile(name string, flag experimental.Oflag, perm fs.FileMode) (experimental.File, experimental.Errno) {
	name, errno := c.resolve(name, true)
	if errno != 0 {
		return nil, errno
	}
	return c.FS.OpenFile(name, flag, perm)
}

// Lstat says what there is, without following it.
func (c *confined) Lstat(name string) (sys.Stat_t, experimental.Errno) {
	name, errno := c.resolve(name, false)
	if errno != 0 {
		return sys.Stat_t{}, errno
	}
	return c.FS.Lstat(name)
}

// Stat says what there is.
func (c *confined) Stat(name string) (sys.Stat_t, experimental.Errno) {
	name, errno := c.resolve(name, true)
	if errno != 0 {
		return sys.Stat_t{}, errno
	}
	return c.FS.Stat(name)
}

// Mkdir makes a directory.
func (c *confined) Mkdir(name string, perm fs.FileMode) experimental.Errno {
	return c.with(name, false, func(name string) experimental.Errno { return c.FS.Mkdir(name, perm) })
}

// Chmod changes permissions.
func (c *confined) Chmod(name string, perm fs.FileMode) experimental.Errno {
	return c.with(name, true, func(name string) experimental.Errno { return c.FS.Chmod(name, perm) })
}

// Rename moves something within the directory.
func (c *confined) Rename(from, to string) experimental.Errno {
	return c.with(from, false, func(from string) experimental.Errno {
		return c.with(to, false, func(to string) experimental.Errno { return c.FS.Rename(from, to) })
	})
}

// Rmdir removes a directory.
func (c *confined) Rmdir(name string) experimental.Errno { return c.with(name, false, c.FS.Rmdir) }

// Unlink removes a file.
func (c *confined) Unlink(name string) experimental.Errno { return c.with(name, false, c.FS.Unlink) }

// Link refuses to make a link.
func (c *confined) Link(string, string) experimental.Errno { return experimental.EPERM }

// Symlink refuses to make a link.
func (c *confined) Symlink(string, string) experimental.Errno { return experimental.EPERM }

// Readlink returns where a link leads to.
func (c *confined) Readlink(name string) (string, experimental.Errno) {
	name, errno := c.resolve(name, false)
	if errno != 0 {
		return "", errno
	}
	return c.FS.Readlink(name)
}

// Utimens changes times.
func (c *confined) Utimens(name string, atim, mtim int64) experimental.Errno {
	return c.with(name, true, func(name string) experimental.Errno { return c.FS.Utimens(name, atim, mtim) })
}

func (c *confined) with(name string, follow bool, work func(string) experimental.Errno) experimental.Errno {
	name, errno := c.resolve(name, follow)
	if errno != 0 {
		return errno
	}
	return work(name)
}
