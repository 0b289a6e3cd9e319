/** The choice of devices and of the picture. Its size and shape stay while something is sent. */
import { html, nothing, type TemplateResult } from 'lit';
import { deviceStore } from '../ui/device-store.ts';
import { icon } from '../ui/icon.ts';
import { toast } from '../ui/toast.ts';
import { QUALITIES, type Quality } from './capture.ts';
import { areKeysOn, setKeysOn } from './keys.ts';
import type { Shape, Stage } from './stage.ts';
import { t } from './texts.ts';

const SHAPES: readonly Shape[] = ['landscape', 'portrait'];

export function renderSettings(stage: Stage, isSending: boolean) {
  const { capture } = stage;
  const { cameras, microphones, camera, microphone, quality } = capture;
  const qualities = (Object.keys(QUALITIES) as Quality[]).sort((a, b) => Number(b) - Number(a));
  return html`<details class="sf-panel sf-studio__settings" ?open=${!isSending}>
    <summary>${icon('settings-2')} ${t('act.settings')}</summary>
    <div class="sf-studio__fields">
      ${select('camera', devices(cameras), camera, !cameras.length, (id) => void capture.choose('camera', id))}
      ${select('microphone', devices(microphones), microphone, !microphones.length, (id) => void capture.choose('microphone', id))}
      ${select('quality', qualities.map((one) => [one, t(`quality.${one}`)]), quality, isSending, (one) => void stage.setQuality(one as Quality))}
      ${select('shape', SHAPES.map((one) => [one, t(`shape.${one}`)]), stage.shape, isSending, (one) => stage.setShape(one as Shape))}
      ${cameras.length > 1 ? renderCloseUp(stage) : nothing}
    </div>
    ${renderBlur(stage)}
    <label class="sf-check">
      <input type="checkbox" data-testid="studio-keys" .checked=${areKeysOn(deviceStore())} @change=${(event: Event) => setKeysOn(deviceStore(), (event.target as HTMLInputElement).checked)} />
      <span>${t('keys.label')}</span>
    </label>
  </details>`;
}

function renderCloseUp({ capture }: Stage) {
  const others = devices(capture.cameras).filter(([id]) => id !== capture.camera);
  return select('close-up', [['', t('choose.none')], ...others], capture.closeUpCamera, false, (id) => void openCloseUp(id));

  async function openCloseUp(id: string): Promise<void> {
    if (!(await capture.chooseCloseUp(id))) toast(t('fault.busy'));
  }
}

function renderBlur({ capture }: Stage) {
  if (!capture.picture) return nothing;
  if (!capture.canBlur) return html`<p class="sf-help" data-testid="studio-no-blur">${capture.isBlurred ? t('blur.always') : t('blur.cannot')}</p>`;
  return html`<label class="sf-check">
    <input type="checkbox" data-testid="studio-blur" .checked=${capture.isBlurred} @change=${(event: Event) => void blur(event.target as HTMLInputElement)} />
    <span>${t('blur.label')}</span>
  </label>`;

  async function blur(box: HTMLInputElement): Promise<void> {
    if (!(await capture.setBlurred(box.checked))) toast(t('blur.refused'));
  }
}

type Choice = readonly [value: string, words: string];

function devices(found: readonly MediaDeviceInfo[]): readonly Choice[] {
  return found.map(({ deviceId, label }, n) => [deviceId, label || t('choose.unnamed', { n: n + 1 })]);
}

type Field = 'camera' | 'microphone' | 'quality' | 'shape' | 'close-up';

function select(name: Field, choices: readonly Choice[], chosen: string, isDisabled: boolean, onChoose: (value: string) => void): TemplateResult {
  return html`<div class="sf-field">
    <label for=${`studio-${name}`}>${t(`choose.${name}`)}</label>
    <select
      id=${`studio-${name}`}
      class="sf-input"
      data-testid=${`studio-${name}`}
      ?disabled=${isDisabled}
      @change=${(event: Event) => onChoose((event.target as HTMLSelectElement).value)}
    >
      ${choices.map(([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`)}
    </select>
  </div>`;
}
