import { tmpdir } from 'node:os'
import { expect, inject, test } from 'vitest'
import { choosePlace, type Place, wantedBytes } from './scratch.ts'

const place = (directory: string, freeBytes?: number, writable = true): Place => ({
  directory,
  writable,
  freeBytes,
})
const tooLittle = 24 * 1024 * 1024

test.each([
  ['the first that has room', [place('/a', wantedBytes), place('/b', wantedBytes)], '/a'],
  [
    'not the memory of a container, which is too small',
    [place('/a', tooLittle), place('/b', wantedBytes)],
    '/b',
  ],
  ['not one that is root’s alone', [place('/a', wantedBytes, false), place('/b', wantedBytes)], '/b'],
  ['a file system that does not say how much is free', [place('/a')], '/a'],
  ['not one whose sockets would have too long names', [place(`/${'a'.repeat(60)}`), place('/b')], '/b'],
])('%s', (_, places, chosen) => expect(choosePlace(places)).toBe(chosen))

test('none: what is needed, what each one lacks, and what to do, in one message', () => {
  const places = [place('/a', tooLittle), place('/b', wantedBytes, false), place(`/${'c'.repeat(60)}`)]
  expect(() => choosePlace(places)).toThrow(
    new Error(
      `The tests need a directory with 300 MiB free for temporary files: /a has 24 MiB free; /b cannot be written; /${'c'.repeat(60)} has too long a name for sockets below it. Name one: TMPDIR=DIRECTORY npm test`,
    ),
  )
})

test('all temporary files of a run are below its own directory', () => {
  expect(tmpdir()).toBe(`${inject('scratch')}/tmp`)
})
