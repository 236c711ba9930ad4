// The role, played by ansible-core against two roots of this machine.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { needTools } from '../tools.ts'

const room = mkdtempSync(path.join(inject('scratch'), 'ansible-'))
const hosts = ['one', 'two']
const root = (host: string): string => path.join(room, host)

const program = path.join(inject('programs'), 'pktw-gen.mjs')

function makeRole(settings = ''): void {
  writeFileSync(path.join(room, 'pktw.yaml'), settings)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'ansible', '--out', path.join(room, 'roles'), '--config', path.join(room, 'pktw.yaml')],
    { encoding: 'utf8' },
  )
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'pktw\n', stderr: '' })
}

function prepare(): void {
  makeRole()
  for (const host of hosts) mkdirSync(root(host))
  const rows = hosts.map(
    (host) =>
      `${host} ansible_connection=local ansible_python_interpreter=/usr/bin/python3 pktw_root=${root(host)}\n`,
  )
  writeFileSync(path.join(room, 'hosts'), rows.join(''))
  writeFileSync(path.join(room, 'play.yml'), '- hosts: all\n  gather_facts: false\n  roles: [pktw]\n')
}

/** How many tasks changed something, for each host. */
function play(...argv: string[]): Record<string, number> {
  const { status, stdout, stderr } = spawnSync('ansible-playbook', ['-i', 'hosts', 'play.yml', ...argv], {
    cwd: room,
    encoding: 'utf8',
    // Only what is here, and half the processes.
    env: {
      PATH: process.env.PATH,
      HOME: room,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_PIPELINING: '1',
      ANSIBLE_NOCOLOR: '1',
    },
  })
  expect(status, `${stdout}${stderr}`).toBe(0)
  return Object.fromEntries(
    [...stdout.matchAll(/^(\w+) +: ok=\d+ +changed=(\d+) /gm)].map((match) => [match[1], Number(match[2])]),
  )
}

test('a role installs, and then changes nothing; --check tells and does nothing', (context) => {
  needTools(context, 'ansible-playbook', 'tar')
  prepare()
  const rules = path.join(root('one'), 'usr/lib/udev/rules.d/61-pktw.rules')
  // The files, and the mask of udftools' rule with its directory.
  expect(play('--check')).toEqual({ one: 3, two: 3 })
  expect(statSync(rules, { throwIfNoEntry: false })).toBeUndefined()
  expect(play()).toEqual({ one: 3, two: 3 })
  expect(readFileSync(rules, 'utf8')).toBe(readFileSync('udev/61-pktw.rules', 'utf8'))
  expect(statSync(path.join(root('two'), 'usr/lib/pktw/pktw.mjs')).mode & 0o777).toBe(0o755)
  expect(play()).toEqual({ one: 0, two: 0 })
  writeFileSync(rules, '# changed\n')
  expect(play('--check')).toEqual({ one: 1, two: 0 })
  expect(play()).toEqual({ one: 1, two: 0 })
  expect(readFileSync(rules, 'utf8')).toBe(readFileSync('udev/61-pktw.rules', 'utf8'))

  // What other settings had made goes, who may do what first of all.
  writeFileSync(path.join(root('one'), 'usr/lib/systemd/system/var.mount'), '[Mount]\n')
  makeRole('access: { admins: disc-admins }\nmount: { where: /media/old-disc, automount: 60 }\n')
  play()
  const units = path.join(root('one'), 'usr/lib/systemd/system')
  const polkit = path.join(root('one'), 'usr/share/polkit-1/rules.d/50-pktw.rules')
  expect(existsSync(polkit)).toBe(true)
  expect(readdirSync(units)).toEqual(expect.arrayContaining(['media-old\\x2ddisc.mount']))
  makeRole()
  const mounts = (names: string[]) => names.filter((name) => /mount$/.test(name))
  expect(play('--check').one).toBeGreaterThan(0)
  expect(existsSync(polkit)).toBe(true)
  play()
  expect(existsSync(polkit)).toBe(false)
  expect(mounts(readdirSync(units)).sort()).toEqual([
    'media-cdvdrw.mount',
    'media-cdvdrw1.mount',
    'var.mount',
  ])
  const config = ['--config', path.join(room, 'pktw.yaml')]
  const compared = spawnSync(process.execPath, [program, 'tree', '--check', root('one'), ...config], {
    encoding: 'utf8',
  })
  expect([compared.status, compared.stdout]).toEqual([0, ''])
  expect(play()).toEqual({ one: 0, two: 0 })
})
