// The hooks as they are installed, as root, in a mount namespace of their own, over a loop device in the place of nbd0: what the kernel says of
// who uses it is real. In the place of nbd-client and systemctl are scripts that write down what they were told.
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, inject, onTestFinished, type TestContext, test } from 'vitest'
import { stage } from '../engine/harness.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needPermission, needTools, skip } from '../tools.ts'

const ownMachine = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

beforeEach((context: TestContext) => {
  if (process.getuid?.() !== 0) skip(context, 'only root has a mount table to give')
  needTools(context, 'unshare', 'mount', 'losetup', 'mkfs.ext4', 'mknod')
  needPermission(context, 'unshare', ...ownMachine, 'true')
  needPermission(context, 'losetup', '--find')
})

const run = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const programs = ['systemctl', 'systemd-escape', 'udevadm', 'systemd-tmpfiles']
const note = '#!/bin/sh\necho "$(basename $0) $*" >>/run/done\n'
/** Tries to mount the device at the very moment that it is disconnected. */
const disconnect = `${note}mount /dev/nbd0 /run/late 2>/dev/null && echo "mounted meanwhile" >>/run/done\nexit 0\n`

/** A mapped disc with a file system, and an engine that serves it. */
async function machine({ late = false } = {}) {
  const engine = await stage({ kind: 'dvd+rw', blocks: 4096 }).start()
  const root = temporaryRoot({
    'block/sr0/dev': '11:0\n',
    'block/sr0/diskseq': '7\n',
    'block/nbd0/size': '0\n',
    'run/pktw/held/sr0': '7\n',
    'run/pktw/slots/0': 'sr0\n',
    'run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
    'run/done': '',
    image: '',
  })
  truncateSync(path.join(root, 'image'), 16 * 1024 * 1024)
  const node = run('losetup', '--find', '--show', path.join(root, 'image'))
  onTestFinished(() => void run('losetup', '--detach', node))
  run('mkfs.ext4', '-q', node)
  const number = readFileSync(`/sys/class/block/${path.basename(node)}/dev`, 'utf8').trim()
  writeFileSync(path.join(root, 'block/nbd0/dev'), `${number}\n`)
  for (const name of ['run/pktw/sr0', 'run/late', 'run/mnt', 'bin', 'dev']) mkdirSync(path.join(root, name))
  for (const name of [...programs, 'nbd-client']) {
    writeFileSync(path.join(root, 'bin', name), late && name === 'nbd-client' ? disconnect : note)
    chmodSync(path.join(root, 'bin', name), 0o755)
  }
  const script = (verb: string, before: readonly string[]): string =>
    [
      'set -e',
      `mount -t tmpfs -o mode=755 none ${root}/dev`,
      `cp -a /dev/null /dev/zero /dev/urandom /dev/random ${root}/dev`,
      `mknod ${root}/dev/nbd0 b ${number.replace(':', ' ')}`,
      // Where there is little room in /tmp, the tests are below /dev/shm.
      `mkdir ${root}/dev/shm; mount --rbind /dev/shm ${root}/dev/shm`,
      `mount --bind ${root}/run /run`,
      `mount --bind ${engine.dir} /run/pktw/sr0`,
      `mount --bind ${root}/block /sys/class/block`,
      `mount --bind ${root}/bin /usr/local/sbin`,
      `mount --rbind ${root}/dev /dev`,
      ...before,
      `MAINPID=1 exec ${process.execPath} ${inject('programs')}/pktw-hook.mjs ${verb} sr0`,
    ].join('\n')
  return {
    /** Runs the hook's verb, after these lines of a shell; what it said, and what it had done. */
    hook: (verb: string, ...before: string[]) =>
      new Promise<{ code: number; said: string; done: string[] }>((resolve) => {
        execFile('unshare', [...ownMachine, 'sh', '-c', script(verb, before)], (error, stdout, stderr) =>
          resolve({
            code: error === null ? 0 : Number(error.code),
            said: stdout + stderr,
            done: readFileSync(path.join(root, 'run/done'), 'utf8').trim().split('\n'),
          }),
        )
      }),
    mapped: () => existsSync(path.join(root, 'run/pktw/map/nbd0')),
  }
}

/** Mounted, then unmounted for everybody but a container. */
const container = [
  'mount /dev/nbd0 /run/mnt',
  'mkfifo /run/ready; exec 4<>/run/ready',
  "unshare --mount --propagation private sh -c 'echo >&4; exec sleep 1000' & read line <&4",
  'umount /run/mnt',
]

test('nobody uses it: disconnected before anybody can begin to, and its unit ended', async () => {
  const it = await machine({ late: true })
  const { code, done } = await it.hook('unmap')
  expect([code, it.mapped()]).toEqual([0, false])
  const told = done.filter((line) => /^(nbd-client|mounted|systemctl)/.test(line))
  expect(told).toEqual(['nbd-client -d /dev/nbd0', 'systemctl stop -- pktw@sr0.service'])
})

test.each(['unmap', 'eject'])(
  '%s of a disc that only a container still has mounted: refused, and the disc stays',
  async (verb) => {
    const it = await machine()
    const { code, said, done } = await it.hook(verb, ...container)
    expect(said).toMatch(
      verb === 'unmap'
        ? /the disc in sr0 stays mapped: it is in use by a file system at \/run\/mnt in the mount namespace of sleep \(pid \d+\)/
        : /the tray of sr0 stays shut: it is in use by a file system at \/run\/mnt/,
    )
    expect([code, it.mapped()]).toEqual([1, true])
    expect(done.some((line) => line.startsWith('nbd-client') || line.includes('stop'))).toBe(false)
  },
)

test('mounted, and systemd does not get it unmounted: refused, with where it is', async () => {
  const it = await machine()
  const { code, said, done } = await it.hook('unmap', 'mount /dev/nbd0 /run/mnt')
  expect(said).toContain('the disc in sr0 stays mapped: /run/mnt is in use by')
  expect([code, it.mapped(), done.some((line) => line.startsWith('nbd-client'))]).toEqual([1, true, false])
})

test('a disc that is gone: cut off, and said from whom', async () => {
  const it = await machine()
  const { said, done } = await it.hook('detach', ...container, 'echo 8 >/sys/class/block/sr0/diskseq')
  expect(said).toMatch(
    /taking \/dev\/nbd0 away from a file system at \/run\/mnt in the mount namespace of sleep/,
  )
  expect(it.mapped()).toBe(false)
  expect(done).toContain('nbd-client -d /dev/nbd0')
})
