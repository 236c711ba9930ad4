// 50-pktw.rules, run: who may do what to which unit.
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'

const made = generate(
  parseSettings('mount: { where: /media/a-b }', 'x').value!,
  layouts.debian,
  loadTemplates(),
)
const text = made.value!.find((a) => a.kind === 'polkit-rules')!.text

type Rule = (
  action: { id: string; lookup: (key: string) => string | undefined },
  subject: { local: boolean; active: boolean },
) => string

const rules: Rule[] = []
const polkit = {
  addRule: (rule: Rule) => rules.push(rule),
  Result: { YES: 'yes', NOT_HANDLED: 'not handled' },
}
runInNewContext(text, { polkit })

const manage = 'org.freedesktop.systemd1.manage-units'
const seat = { local: true, active: true }

test('one rule, in ECMAScript 5', () => {
  expect(rules).toHaveLength(1)
  expect(text.replace(/^\/\/.*$/gm, '')).not.toMatch(/=>|\b(const|let|class)\b|`/)
})

test.each([
  [manage, 'pktw@sr0.service', 'stop', seat, 'yes'],
  [manage, 'pktw@sr12.service', 'start', seat, 'yes'],
  [manage, 'pktw-eject@sr0.service', 'start', seat, 'yes'],
  [manage, 'media-a\\x2db.mount', 'restart', seat, 'yes'],
  [manage, 'media-a\\x2db1.mount', 'stop', seat, 'yes'],
  [manage, 'media-a\\x2db2.mount', 'stop', seat, 'not handled'],
  [manage, 'pktw@sr0.service', 'kill', seat, 'not handled'],
  [manage, 'pktw@sr0.service', 'stop', { local: true, active: false }, 'not handled'],
  [manage, 'pktw@sr0.service', 'stop', { local: false, active: true }, 'not handled'],
  [manage, 'ssh.service', 'stop', seat, 'not handled'],
  [manage, 'pktw@sr0.service.d', 'stop', seat, 'not handled'],
  [manage, 'x-pktw@sr0.service', 'stop', seat, 'not handled'],
  [manage, 'pktw@sr0.service\nssh.service', 'stop', seat, 'not handled'],
  [manage, undefined, 'stop', seat, 'not handled'],
  ['org.freedesktop.systemd1.manage-unit-files', 'pktw@sr0.service', 'stop', seat, 'not handled'],
])('%s %s %s %j: %s', (id, unit, verb, subject, wanted) => {
  const variables: Record<string, string | undefined> = { unit, verb }
  expect(rules[0]!({ id, lookup: (key) => variables[key] }, subject)).toBe(wanted)
})
