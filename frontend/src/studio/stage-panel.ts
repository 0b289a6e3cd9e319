/** The people and things on stage, and the layouts in which viewers see them. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../ui/icon.ts';
import { studioIcon } from './icons.ts';
import { LAYOUTS, type Scene, type StagedSource } from './mixer/index.ts';
import type { Stage } from './stage.ts';
import { t } from './texts.ts';

/** A host alone has no layout to choose. */
export function renderStagePanel(stage: Stage) {
  const { mixer } = stage;
  if (!mixer) return nothing;
  const { scene } = mixer;
  if (scene.sources.length < 2 && !scene.hasPicture) return nothing;
  return html`<section class="sf-panel sf-studio__onstage" aria-label=${t('stage.label')} data-testid="studio-stage" data-layout=${scene.hasPicture ? 'picture' : scene.layout}>
    ${scene.hasPicture ? renderBack(stage) : renderLayouts(stage, scene)}
    <ul class="sf-studio__sources">
      ${repeat(scene.sources, (one) => one.id, (one) => renderSource(stage, scene, one))}
    </ul>
  </section>`;
}

function renderLayouts(stage: Stage, scene: Scene) {
  return html`<div class="sf-studio__layouts" role="group" aria-label=${t('layout.label')}>
    ${LAYOUTS.map(
      (one, n) => html`<button
        class="sf-button"
        data-testid=${`layout-${one}`}
        aria-pressed=${scene.layout === one}
        aria-keyshortcuts=${String(n + 1)}
        title=${t('layout.key', { key: n + 1 })}
        @click=${() => stage.mixer?.setLayout(one)}
      >
        ${studioIcon(`layout-${one}`)} <span>${t(`layout.${one}`)}</span>
      </button>`,
    )}
  </div>`;
}

function renderBack(stage: Stage) {
  return html`<button class="sf-button sf-button--primary" data-testid="picture-back" aria-keyshortcuts="P" @click=${() => void stage.mixer?.showPicture(null)}>
    ${icon('x')} <span>${t('picture.back')}</span>
  </button>`;
}

function renderSource(stage: Stage, scene: Scene, source: StagedSource) {
  const isMain = source === mainOf(scene);
  const name = source.name || t(`source.${source.kind}`);
  return html`<li class="sf-studio__source" data-testid=${`source-${source.id}`}>
    <span class="sf-studio__sourcename" dir="auto">${name}</span>
    ${source.kind === 'guest' ? renderMute(stage, source, name) : nothing}
    <button
      class="sf-button sf-button--small"
      data-testid=${`main-${source.id}`}
      aria-pressed=${isMain}
      aria-label=${t('source.mainOf', { name })}
      @click=${() => stage.mixer?.setLayout(scene.layout, { main: source.id })}
    >
      ${icon('star')} ${t('source.main')}
    </button>
  </li>`;
}

function renderMute(stage: Stage, { id }: StagedSource, name: string) {
  const isMuted = stage.mixer?.isMuted(id) ?? false;
  return html`<button
    class="sf-button sf-button--small sf-button--icon"
    data-testid=${`mute-${id}`}
    aria-pressed=${isMuted}
    aria-label=${t('source.mute', { name })}
    title=${t('source.mute', { name })}
    @click=${() => stage.mixer?.setMuted(id, !isMuted)}
  >
    ${studioIcon(isMuted ? 'mic-off' : 'mic')}
  </button>`;
}

function mainOf({ sources, main }: Scene): StagedSource | undefined {
  return sources.find(({ id }) => id === main) ?? sources.find(({ kind }) => kind === 'host');
}
