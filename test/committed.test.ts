// udev/, systemd/, polkit/ and the other folders are the default output of the layout debian. `npm run generate` writes them anew.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { committedPath } from '../src/artifacts/committed.ts'
import { generate } from '../src/artifacts/generate.ts'
import { layouts } from '../src/artifacts/layouts.ts'
import { loadTemplates } from '../src/render/templates.ts'
import { defaults } from '../src/settings/defaults.ts'

const folders = ['udev', 'systemd', 'polkit', 'dbus', 'man', 'completion', 'metainfo', 'settings']
const outcome = generate(defaults, layouts.debian, loadTemplates())
const wanted = new Map<string, string>()
for (const artifact of outcome.value ?? []) {
  const file = committedPath(artifact)
  if (file !== undefined) wanted.set(file, artifact.text)
}

test('the default output can be made', () => {
  expect(outcome.diagnostics).toEqual([])
  expect(wanted.size).toBeGreaterThan(8)
})

if (process.env.UPDATE_GOLDEN === '1') {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }
  for (const [file, text] of wanted) writeFileSync(file, text)
}

test('the committed files are the default output, and no others', () => {
  const found = folders.flatMap((folder) => readdirSync(folder).map((f) => path.posix.join(folder, f)))
  expect(found.sort()).toEqual([...wanted.keys()].sort())
})

test.each([...wanted])('%s is as generated', (file, text) => {
  expect(readFileSync(file, 'utf8')).toBe(text)
})
