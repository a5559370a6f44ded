/** Style sheet of the report; colours follow the reader's light or dark setting. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --dim: #5d6777; --paper: #fbfbf9; --card: #fff; --line: #d9dde3;
  --a: #1f6fb5; --b: #c2561a; --c: #2d8a57; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --dim: #9aa4b2; --paper: #14171c; --card: #1c2027;
  --line: #343b46; --a: #6db3ee; --b: #f0965e; --c: #6fcf9a; --warn: #e6b450; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
p { margin: .4rem 0; max-width: 60rem; } .dim { color: var(--dim); } .honest { border-left: 3px solid var(--warn); padding-left: .8rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.tile, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 0; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; } .tile span { color: var(--dim); font-size: .85rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: .8rem; }
svg { width: 100%; height: auto; display: block; font-size: 13px; } svg text { fill: var(--dim); }
.grid { stroke: var(--line); } svg path { fill: none; stroke: currentColor; stroke-width: 2; } svg circle { fill: currentColor; }
figcaption { font-weight: 600; margin-bottom: .4rem; } .legend { margin: 0; }
.dashed path { stroke-dasharray: 7 6; } .dashed circle { r: 1.5; }
.a { color: var(--a); } .b { color: var(--b); } .c { color: var(--c); }
.key { font-size: .85rem; margin-right: 1rem; } .key::before { content: ''; display: inline-block; width: .9rem; height: .2rem;
  background: currentColor; margin-right: .4rem; vertical-align: middle; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .22rem .5rem .22rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
th { color: var(--dim); } .number { text-align: right; padding-right: .8rem; } code { font-size: .9em; overflow-wrap: anywhere; }
.bar { width: 45%; } .bar i { display: block; height: .55rem; background: var(--a); border-radius: 2px; } .bar i.minus { background: var(--b); }
`;
