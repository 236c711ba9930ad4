// package-lock.json is for every machine: no registry's address in it, and the optional packages of all platforms, without which
// npm ci refuses. A registry that has only some of them makes npm leave the others out.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Entry {
  resolved?: string
  optionalDependencies?: Record<string, string>
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }
const entries = Object.entries(lock.packages)

test('names no registry', () => {
  expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
})

test('has an entry for every optional dependency', () => {
  const wanted = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
  expect(wanted.length).toBeGreaterThan(20)
  const names = new Set(entries.map(([name]) => name))
  expect(wanted.filter((name) => !names.has(`node_modules/${name}`))).toEqual([])
})
