// What is at a path now. Synchronous: a plan looks at a thousand paths and at all that is above each, and the way through libuv's
// threads costs fifteen times the system call.
import { lstatSync, type Stats, statSync } from 'node:fs'

type Look = (p: string, options: { throwIfNoEntry: false }) => Stats | undefined

function entry(look: Look, p: string): Stats | undefined {
  try {
    return look(p, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Itself, a symlink not followed; undefined when nothing is there. Throws the other errors of lstat(2). */
export const lookAt = (p: string): Stats | undefined => entry(lstatSync, p)

/** What it leads to. Throws as lookAt. */
export const lookThrough = (p: string): Stats | undefined => entry(statSync, p)
