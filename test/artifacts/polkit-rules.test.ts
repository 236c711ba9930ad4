// 50-pktw.rules, run: what the group of the settings may do. There is none unless a group is named.
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { polkitActions } from '../../src/artifacts/polkit-actions.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'

const rulesFor = (yaml: string) =>
  generate(parseSettings(yaml, 'x').value!, layouts.debian, loadTemplates()).value!.filter(
    ({ kind }) => kind === 'polkit-rules',
  )
const text = rulesFor('access: { admins: disc-admins }')[0]!.text

type Rule = (action: { id: string }, subject: { isInGroup: (group: string) => boolean }) => string

const rules: Rule[] = []
const polkit = {
  addRule: (rule: Rule) => rules.push(rule),
  Result: { YES: 'yes', NOT_HANDLED: 'not handled' },
}
runInNewContext(text, { polkit })

const member = { isInGroup: (group: string) => group === 'disc-admins' }
const other = { isInGroup: (group: string) => group === 'users' }

test('without a group there are no rules', () => expect(rulesFor('')).toEqual([]))

test('one rule, in ECMAScript 5', () => {
  expect(rules).toHaveLength(1)
  expect(text.replace(/^\/\/.*$/gm, '')).not.toMatch(/=>|\b(const|let|class)\b|`/)
})

test.each(polkitActions.map(({ id }) => [id]))('%s', (id) => {
  // How discs are treated is for whoever may change the settings.
  expect(rules[0]!({ id }, member)).toBe(id === 'org.pktw.configure' ? 'not handled' : 'yes')
  expect(rules[0]!({ id }, other)).toBe('not handled')
})

test.each(['org.freedesktop.systemd1.manage-units', 'org.pktwx', 'xorg.pktw.map'])('%s is not ours', (id) => {
  expect(rules[0]!({ id }, member)).toBe('not handled')
})
