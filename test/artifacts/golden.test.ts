// Each directory here with a settings.yaml is a case. `expected/files` lists all files that the settings make;
// beside it stand those that differ from the default output of the same layout, which are what the settings are about; for a
// case without settings, those that differ from the layout debian's.
// `npm run generate` writes them anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { filesOf } from '../../src/artifacts/files.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { type LayoutName, layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import type { Settings } from '../../src/settings/settings.ts'

const here = import.meta.dirname
const cases = readdirSync(here).filter((name) => existsSync(path.join(here, name, 'settings.yaml')))
const templates = loadTemplates()

const textsOf = (settings: Settings, layout: LayoutName): Map<string, string> => {
  const { value, diagnostics } = generate(settings, layouts[layout], templates)
  expect(diagnostics).toEqual([])
  return new Map(filesOf(value ?? [], layouts[layout]).map((file) => [file.path, file.text]))
}

/** The texts of debian's default output, at the paths of another layout. */
const ofDebian = (layout: LayoutName): Map<string, string> => {
  const at = (name: LayoutName) =>
    filesOf(generate(defaults, layouts[name], templates).value ?? [], layouts[name])
  const idOf = ({ kind, path: p }: { kind: string; path: string }) => `${kind} ${path.basename(p)}`
  const texts = new Map(at('debian').map((file) => [idOf(file), file.text]))
  return new Map(at(layout).map((file) => [file.path, texts.get(idOf(file)) ?? '']))
}

test('there are cases', () => expect(cases.length).toBeGreaterThan(3))

describe.each(cases)('%s', (name) => {
  const directory = path.join(here, name, 'expected')
  const layoutFile = path.join(here, name, 'layout')
  const layout = existsSync(layoutFile) ? (readFileSync(layoutFile, 'utf8').trim() as LayoutName) : 'debian'

  test('its files are the expected ones', () => {
    const parsed = parseSettings(
      readFileSync(path.join(here, name, 'settings.yaml'), 'utf8'),
      'settings.yaml',
    )
    expect(parsed.diagnostics).toEqual([])
    const all = textsOf(parsed.value!, layout)
    const usual = isDeepStrictEqual(parsed.value, defaults) ? ofDebian(layout) : textsOf(defaults, layout)
    const wanted = new Map<string, string>([['files', [...all.keys()].map((p) => `${p}\n`).join('')]])
    for (const [file, text] of all) if (usual.get(file) !== text) wanted.set(file.slice(1), text)

    if (process.env.UPDATE_GOLDEN === '1') {
      rmSync(directory, { recursive: true, force: true })
      for (const [file, text] of wanted) {
        mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
        writeFileSync(path.join(directory, file), text)
      }
    }
    const found = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    expect(found.sort()).toEqual([...wanted.keys()].sort())
    for (const [file, text] of wanted)
      expect(readFileSync(path.join(directory, file), 'utf8'), file).toBe(text)
  })
})
