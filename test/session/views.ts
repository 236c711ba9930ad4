// Drives as the session sees them, for tests.
import type { DriveView } from '../../src/session/view.ts'

/** An empty drive, with what is given. */
export const view = (more: Partial<DriveView> = {}): DriveView => ({
  drive: 'sr0',
  model: 'HL-DT-ST DVDRAM',
  seat: 'seat0',
  diskseq: '7',
  present: false,
  unit: 'inactive',
  result: 'success',
  ejecting: false,
  stays: false,
  ...more,
})

/** A disc of ours that is mapped; not mounted. */
export const mapped = (more: Partial<DriveView> = {}): DriveView =>
  view({
    present: true,
    state: 'ready',
    medium: 'cd-rw',
    label: 'LAB',
    device: 'nbd0',
    unit: 'active',
    engine: { dirtyBytes: 0, badBlocks: 0, hottest: 1 },
    ...more,
  })

/** The same, mounted by the desktop. */
export const mounted = (more: Partial<DriveView> = {}): DriveView =>
  mapped({ mount: { target: '/run/media/alice/LAB', byUnit: false }, ...more })

export const dirty = (megabytes: number): Pick<DriveView, 'engine'> => ({
  engine: { dirtyBytes: megabytes * 1e6, badBlocks: 0, hottest: 1 },
})
