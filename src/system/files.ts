// The system calls that the real system makes, as a value: a test hands in others, which fail or stop at a certain one.
import {
  access,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
} from 'node:fs/promises'

export const nodeFiles = {
  access,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
} as const

export type FileCalls = typeof nodeFiles
