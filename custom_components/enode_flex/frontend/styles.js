/** Looks: the theme's variables alone, so that every theme and the dark mode follow by themselves. */

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  display: block;
  --reserve: var(--enode-battery-reserve-color, color-mix(in srgb, var(--orange-color, #ff9800) 80%, var(--primary-text-color)));
  --regular: var(--enode-regular-color, var(--blue-color, #2196f3));
  --immediate: var(--enode-immediate-color, color-mix(in srgb, var(--purple-color, #926bc7) 50%, var(--primary-text-color)));
  --other: color-mix(in srgb, var(--primary-text-color) 58%, var(--card));
  --card: var(--ha-card-background, var(--card-background-color, #fff));
  --battery: var(--success-color, #43a047);
  --ink: var(--primary-text-color);
  --soft: var(--secondary-text-color);
  --line: var(--divider-color);
  --s: var(--ha-font-size-s, 12px);
  --m: var(--ha-font-size-m, 14px);
  --l: var(--ha-font-size-l, 16px);
  --medium: var(--ha-font-weight-medium, 500);
  --fill-plain: color-mix(in srgb, var(--ink) 10%, var(--card));
}
[hidden] { display: none !important; }
ha-card { height: 100%; box-sizing: border-box; overflow: hidden; }
.root {
  container-type: inline-size;
  display: flex; flex-direction: column; gap: 14px;
  padding: 16px; box-sizing: border-box;
  color: var(--ink); font-size: var(--m); line-height: 1.4; text-align: start; font-variant-numeric: tabular-nums;
}
.good { --fill: var(--ha-color-fill-success-normal-resting); --on: var(--ha-color-on-success-normal); }
.warn { --fill: var(--ha-color-fill-warning-normal-resting); --on: var(--ha-color-on-warning-normal); }
.bad { --fill: var(--ha-color-fill-danger-normal-resting); --on: var(--ha-color-on-danger-normal); }
.soft { color: var(--soft); }
.strong { font-weight: var(--medium); }
.hear { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 1.25em; height: 1.25em; flex: none; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.filled { fill: currentColor; }
button { font: inherit; color: inherit; border: 0; margin: 0; padding: 0; background: none; text-align: start; cursor: pointer; }
button:focus-visible, .chart:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 3px; border-radius: 8px; }

.head { display: flex; align-items: center; gap: 8px 12px; flex-wrap: wrap; }
.who { flex: 1 1 190px; min-width: 0; display: flex; align-items: center; gap: 12px; border-radius: 10px; }
.who > span:last-child { min-width: 0; display: flex; flex-direction: column; align-items: flex-start; }
.badge { width: 40px; height: 40px; border-radius: 50%; flex: none; display: grid; place-items: center; font-size: 19px; color: var(--on, var(--soft)); background: var(--fill, var(--fill-plain)); }
.name { max-width: 100%; font-size: var(--l); font-weight: var(--medium); line-height: 1.25; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.status { font-size: var(--m); color: var(--soft); line-height: 1.3; }
.chip { display: inline-flex; align-items: center; gap: 5px; padding: 4px 11px 4px 8px; border-radius: 999px; font-weight: var(--medium); line-height: 1.4; background: var(--fill, var(--fill-plain)); color: var(--on, var(--ink)); white-space: nowrap; }

.banner { display: flex; gap: 10px; padding: 11px 12px; border-radius: 12px; background: var(--fill, color-mix(in srgb, var(--ink) 6%, var(--card))); line-height: 1.4; }
.banner > .icon { color: var(--on, var(--soft)); margin-top: 1px; }
.banner b { display: block; font-weight: var(--medium); }

.hero { display: flex; align-items: flex-end; justify-content: space-between; gap: 6px 12px; flex-wrap: wrap; }
.levels { display: flex; align-items: baseline; gap: 8px; }
.level { font-size: 34px; font-weight: var(--medium); line-height: 1; letter-spacing: -0.02em; }
.levels .icon { color: var(--soft); font-size: 17px; align-self: center; margin-top: 8px; }
:host(:dir(rtl)) .levels .icon { transform: scaleX(-1); }
.goal { font-size: 20px; color: var(--soft); line-height: 1; }
.ready-by { margin-inline-start: auto; text-align: end; line-height: 1.45; }
.ready-by .strong { font-size: var(--l); }
.ready-by .warn { color: var(--on); font-weight: var(--medium); }

.bar { position: relative; height: 14px; border-radius: 7px; background: var(--fill-plain); }
.bar i { position: absolute; inset-block: 0; inset-inline-start: 0; border-radius: 7px; transition: inline-size 0.4s; }
.bar .goal-part { background: repeating-linear-gradient(135deg, color-mix(in srgb, var(--battery) 55%, var(--card)) 0 2.5px, color-mix(in srgb, var(--battery) 18%, var(--card)) 2.5px 7px); }
.bar .gained { background: var(--battery); }
.bar .had { background: color-mix(in srgb, var(--battery) 55%, var(--card)); border-start-end-radius: 0; border-end-end-radius: 0; }
.bar .had.all { border-radius: 7px; }
.bar .tick { inset-block: -3px; width: 3px; border-radius: 2px; margin-inline-start: -1.5px; background: var(--ink); transition: none; }
.bar .notch { inset-block: 3px; width: 2px; border-radius: 1px; margin-inline-start: -1px; background: var(--card); transition: none; }
.marks { position: relative; height: 17px; margin-top: -9px; font-size: var(--s); color: var(--soft); }
.marks span { position: absolute; white-space: nowrap; }

.detail { display: flex; flex-wrap: wrap; gap: 0 6px; min-height: 1.4em; font-size: var(--m); color: var(--soft); }
.plot { direction: ltr; margin: -8px 0 -2px; }
.chart { display: block; overflow: visible; touch-action: pan-y; font-size: 12px; outline: none; }
.chart text { fill: var(--soft); }
.past { fill: color-mix(in srgb, var(--ink) 4%, transparent); }
.grid line { stroke: var(--line); stroke-dasharray: 2 4; }
.base, .axis line { stroke: color-mix(in srgb, var(--ink) 28%, transparent); }
.battery_reserve { --c: var(--reserve); }
.regular { --c: var(--regular); }
.immediate_start { --c: var(--immediate); }
.other { --c: var(--other); }
.bars path, .lane rect { fill: var(--c); }
.bars .planned { stroke: var(--c); stroke-width: 1.25; }
.hatch-ground { fill: color-mix(in srgb, var(--c) 20%, var(--card)); }
.hatch-line { fill: color-mix(in srgb, var(--c) 80%, var(--card)); }
.now line { stroke: var(--ink); stroke-width: 2; }
.now rect { fill: var(--ink); }
.now text { fill: var(--card); font-size: 11px; font-weight: 600; }
.ready line { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 3; }
.ready path { fill: var(--ink); }
.ready text { fill: var(--ink); font-weight: 700; }

.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; list-style: none; font-size: var(--s); color: var(--soft); }
.legend li { display: flex; align-items: center; gap: 6px; }
.legend i { width: 12px; height: 12px; border-radius: 3.5px; background: var(--c); }
.legend .planned { --c: var(--soft); background: repeating-linear-gradient(135deg, color-mix(in srgb, var(--c) 75%, var(--card)) 0 1.7px, color-mix(in srgb, var(--c) 15%, var(--card)) 1.7px 4.2px); }

.act { display: flex; flex-direction: column; gap: 10px; }
.button { display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 42px; padding: 0 20px; border-radius: 999px; font-weight: var(--medium); background: color-mix(in srgb, var(--primary-color) 18%, transparent); transition: background 0.15s; }
.button .icon { color: var(--primary-color); }
.button:hover { background: color-mix(in srgb, var(--primary-color) 27%, transparent); }
.wide { width: 100%; box-sizing: border-box; }
.fold { display: flex; align-items: center; justify-content: space-between; width: 100%; padding: 4px 0; font-weight: var(--medium); }
.fold .icon { color: var(--soft); transition: transform 0.2s; }
.fold[aria-expanded="true"] .icon { transform: rotate(180deg); }
.history { border-block-start: 1px solid var(--line); padding-block-start: 10px; display: flex; flex-direction: column; gap: 10px; }

.stale .bar, .stale .bars, .stale .lane { opacity: 0.5; }

@container (max-width: 379px) {
  .ready-by { margin-inline-start: 0; text-align: start; width: 100%; }
}
@container (max-width: 459px) {
  .long { display: none; }
}
@container (min-width: 640px) {
  .act { flex-direction: row; align-items: center; justify-content: flex-end; flex-wrap: wrap; }
  .act > .button.wide { width: auto; min-width: 240px; }
  .level { font-size: 44px; }
  .goal { font-size: 24px; }
}
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; }
}
@media (forced-colors: active) {
  .bar i, .bars path, .lane rect, .legend i { forced-color-adjust: none; }
}
`);

export default sheet;
