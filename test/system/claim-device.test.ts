// Whether a block device is in use. The kernel says so of a loop device as of any other: the real ones are asked where root may make them.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest'
import { usersOf } from '../../src/disc/device-users.ts'
import { mountsOfDevice } from '../../src/disc/mapped-drives.ts'
import { claimDevice } from '../../src/system/claim-device.ts'
import { realSystem } from '../../src/system/real.ts'
import { StillClock } from '../packet/scripted.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needPermission, needTools, skip } from '../tools.ts'

const failing = (code: string) => async () => {
  throw Object.assign(new Error(`${code}: open`), { code })
}

describe('the claim', () => {
  test('a probe that has the device for a moment is waited for', async () => {
    const clock = new StillClock()
    let tries = 0
    const open = async (device: string) => {
      expect(device).toBe('/dev/nbd0')
      return ++tries < 5 ? failing('EBUSY')() : 0x7fff_ffff
    }
    const claim = await claimDevice('nbd0', 5000, open, clock)
    expect([tries, clock.time]).toEqual([5, 1000])
    claim?.release()
    claim?.release()
  })
  test('whoever keeps it: undefined, in time', async () => {
    const clock = new StillClock()
    expect(await claimDevice('nbd0', 5000, failing('EBUSY'), clock)).toBeUndefined()
    expect(clock.time).toBe(5000)
    expect(await claimDevice('nbd0', 0, failing('EBUSY'), clock)).toBeUndefined()
    expect(clock.time).toBe(5000)
  })
  test.each(['EIO', 'ENXIO', 'ETIMEDOUT', 'EACCES'])(
    '%s is not taken for unused, nor for in use',
    async (code) => {
      await expect(claimDevice('nbd0', 5000, failing(code), new StillClock())).rejects.toMatchObject({ code })
    },
  )
})

/** A loop device, its kernel name, with what `make` puts on it. Skips where none can be had. */
function loopDevice(context: TestContext, ...tools: string[]): { name: string; node: string; root: string } {
  if (process.getuid?.() !== 0) skip(context, 'only root may mount')
  needTools(context, 'losetup', 'mount', 'umount', 'mkfs.ext4', ...tools)
  needPermission(context, 'losetup', '--find')
  const root = temporaryRoot()
  const image = path.join(root, 'image')
  writeFileSync(image, '')
  // The least that btrfs takes is 109 MiB; it is a sparse file.
  truncateSync(image, 128 * 1024 * 1024)
  mkdirSync(path.join(root, 'mnt'))
  const node = run('losetup', '--find', '--show', '--partscan', image)
  onTestFinished(() => void run('losetup', '--detach', node))
  return { name: path.basename(node), node, root }
}
const run = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const isFree = async (name: string): Promise<boolean> => {
  const claim = await claimDevice(name, 0)
  claim?.release()
  return claim !== undefined
}
const kinds = async (name: string): Promise<string[]> =>
  (await usersOf(realSystem(), [name])).map(({ kind }) => kind)

describe('the kernel', () => {
  test('a mount, and while we have it nobody can mount', async (context) => {
    const { name, node, root } = loopDevice(context)
    run('mkfs.ext4', '-q', node)
    expect(await isFree(name)).toBe(true)
    run('mount', node, `${root}/mnt`)
    expect(await isFree(name)).toBe(false)
    expect(await kinds(name)).toEqual(['mount'])
    run('umount', `${root}/mnt`)
    const claim = await claimDevice(name, 0)
    expect(() => run('mount', node, `${root}/mnt`)).toThrow(/busy|already mounted/)
    await claim?.sync()
    claim?.release()
  })
  test('a file system that only another mount namespace still has', async (context) => {
    const { name, node, root } = loopDevice(context, 'unshare')
    run('mkfs.ext4', '-q', node)
    run('mount', node, `${root}/mnt`)
    const script = 'echo ready; exec sleep infinity'
    const argv = ['--mount', '--propagation', 'private', 'sh', '-c', script]
    const container = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(container.stdout, 'data')
    run('umount', `${root}/mnt`)
    const users = await usersOf(realSystem(), [name])
    const elsewhere = users.find(({ kind }) => kind === 'mount-elsewhere')
    const free = await isFree(name)
    const mounts = await mountsOfDevice(realSystem(), name)
    container.kill('SIGKILL')
    await once(container, 'exit')
    expect([mounts, free]).toEqual([[], false])
    expect(elsewhere).toMatchObject({ pid: container.pid, target: `${root}/mnt` })
    expect((await claimDevice(name, 10_000)) !== undefined).toBe(true)
  })
  test('a partition that is mounted', async (context) => {
    const { name, node, root } = loopDevice(context, 'sfdisk', 'partprobe')
    execFileSync('sfdisk', ['--quiet', node], { input: ',,L\n', stdio: ['pipe', 'ignore', 'ignore'] })
    run('partprobe', node)
    if (!existsSync(`${node}p1`)) skip(context, 'nobody makes nodes for partitions here')
    run('mkfs.ext4', '-q', `${node}p1`)
    run('mount', `${node}p1`, `${root}/mnt`)
    const mounts = await mountsOfDevice(realSystem(), name)
    const free = await isFree(name)
    run('umount', `${root}/mnt`)
    expect([mounts.map(({ target }) => target), free]).toEqual([[`${root}/mnt`], false])
  })
  test('btrfs, whose mount has a number of its own', async (context) => {
    const { name, node, root } = loopDevice(context, 'mkfs.btrfs')
    if (!/\bbtrfs$/m.test(readFileSync('/proc/filesystems', 'utf8')))
      skip(context, 'this kernel has no btrfs')
    run('mkfs.btrfs', '--quiet', node)
    run('mount', node, `${root}/mnt`)
    const mounts = await mountsOfDevice(realSystem(), name)
    const free = await isFree(name)
    run('umount', `${root}/mnt`)
    expect([mounts.map(({ target }) => target), free]).toEqual([[`${root}/mnt`], false])
  })
  test('swap space', async (context) => {
    const { name, node } = loopDevice(context, 'mkswap', 'swapon', 'swapoff')
    run('mkswap', node)
    needPermission(context, 'swapon', node)
    const found = await kinds(name)
    const free = await isFree(name)
    run('swapoff', node)
    expect([found, free]).toEqual([['swap'], false])
  })
})
