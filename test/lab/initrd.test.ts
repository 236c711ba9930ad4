import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { needTools } from '../tools.ts'
import { cpio, loadOrder } from './initrd.ts'

const dep = [
  'kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/lib/crc16.ko.xz kernel/fs/mbcache.ko.xz',
  'kernel/fs/jbd2/jbd2.ko.xz:',
  'kernel/lib/crc16.ko.xz:',
  'kernel/fs/mbcache.ko.xz:',
  'kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio-ring.ko.xz',
  'kernel/drivers/virtio/virtio-ring.ko.xz:',
].join('\n')

test('a module comes after all it needs, once', () => {
  const order = loadOrder(dep, '', ['virtio_pci', 'ext4']).map((f) => path.basename(f, '.ko.xz'))
  expect(order.toSorted()).toEqual(['crc16', 'ext4', 'jbd2', 'mbcache', 'virtio-ring', 'virtio_pci'])
  expect(order.indexOf('ext4')).toBeGreaterThan(order.indexOf('jbd2'))
  expect(order.indexOf('virtio_pci')).toBeGreaterThan(order.indexOf('virtio-ring'))
})

test('what is built in is not loaded', () => {
  expect(loadOrder(dep, 'kernel/drivers/virtio/virtio_pci.ko\n', ['virtio_pci'])).toEqual([])
})

test('a module that does not exist is named', () => {
  expect(() => loadOrder(dep, '', ['floppy'])).toThrow('floppy')
})

test('members start at multiples of four and are told by length', () => {
  const archive = cpio([
    { name: 'init', mode: 0o100755, data: Buffer.from('#!/bin/sh\n') },
    { name: 'dev', mode: 0o40755, data: Buffer.alloc(0) },
  ])
  expect(archive.subarray(0, 6).toString()).toBe('070701')
  expect(Number.parseInt(archive.subarray(54, 62).toString(), 16)).toBe(10)
  expect(archive.length % 4).toBe(0)
  expect(archive.includes('TRAILER!!!')).toBe(true)
})

test('cpio(1) unpacks it', (context) => {
  needTools(context, 'cpio')
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pktw-cpio-'))
  try {
    const archive = cpio([{ name: 'a', mode: 0o100644, data: Buffer.from('seven b') }])
    execFileSync('cpio', ['-i', '--quiet'], { cwd: folder, input: archive })
    expect(execFileSync('cat', [path.join(folder, 'a')]).toString()).toBe('seven b')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
