// The system calls that the real system makes, as a value: a test hands in others, which fail or stop at a certain one.
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises'

export const nodeFiles = {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
} as const

export type FileCalls = typeof nodeFiles
