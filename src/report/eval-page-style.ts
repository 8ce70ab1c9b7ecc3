// How an evaluation's page looks.

export const PAGE_STYLE = `
:root{--ground:#fbfbf9;--raised:#fff;--ink:#1d1d1b;--faint:#5f5f59;--line:#dcdcd4;--track:#ecece6;
--right:#1a7f4b;--second:#0a6ea8;--wrong:#c2322b;--refused:#8a6100;--unknown:#66665f}
@media(prefers-color-scheme:dark){:root{--ground:#141413;--raised:#1e1e1c;--ink:#ecece6;--faint:#a3a39a;--line:#393934;--track:#2c2c29;
--right:#4cc38a;--second:#5ab3ec;--wrong:#ff7b72;--refused:#e0b040;--unknown:#a8a8a0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1100px;margin:0 auto;padding:clamp(1rem,3vw,2.5rem)}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;letter-spacing:-.01em}
h2{font-size:.95rem;font-weight:600;margin:0}h2::first-letter{text-transform:uppercase}
h3{font-size:.95rem;font-weight:600;margin:1.5rem 0 .5rem}
header p{color:var(--faint);margin:0 0 1.5rem;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,190px),1fr));gap:.75rem}
.card{background:var(--raised);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem}
.card .value{font-size:1.9rem;line-height:1.2;font-weight:650;margin:.2rem 0 .5rem;font-variant-numeric:tabular-nums}
.card .interval,.card .what{margin:.4rem 0 0;font-size:.8rem;line-height:1.4;color:var(--faint)}
.card .interval{color:var(--ink)}
.bar{position:relative;height:8px;border-radius:4px;background:var(--track)}
.bar i{position:absolute;top:0;bottom:0;border-radius:4px;background:var(--second);opacity:.4;min-width:2px}
.bar b{position:absolute;top:-3px;bottom:-3px;width:3px;margin-left:-1.5px;border-radius:2px;background:var(--second)}
.o-right{--tone:var(--right)}.o-second-attempt{--tone:var(--second)}.o-wrong{--tone:var(--wrong)}
.o-refused{--tone:var(--refused)}.o-unknown{--tone:var(--unknown)}
.stack{display:flex;gap:2px;height:14px;margin:1.5rem 0 1rem}
.stack i{flex:1 1 3px;background:var(--tone);min-width:3px}
.stack i:first-child{border-radius:7px 0 0 7px}.stack i:last-child{border-radius:0 7px 7px 0}
.stack i:only-child{border-radius:7px}
summary{cursor:pointer}
summary:focus-visible,label:focus-within{outline:2px solid var(--second);outline-offset:2px}
.more{margin:0 0 1.25rem;color:var(--faint)}.more[open]{color:inherit}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:.15rem 1.5rem;font-size:.875rem}
dl div{min-width:0}dl .wide{grid-column:1/-1}dt{display:inline;color:var(--faint)}dt::after{content:": "}dd{display:inline;margin:0;overflow-wrap:anywhere}
form{position:sticky;top:0;z-index:1;background:var(--ground);padding:.6rem 0;border-bottom:1px solid var(--line);margin-bottom:.75rem}
fieldset{border:0;margin:0;padding:.15rem 0;display:flex;gap:.35rem;flex-wrap:wrap;align-items:center;min-width:0}
legend{float:left;font-size:.8rem;color:var(--faint);padding:0;margin-right:.4rem}
label{display:inline-flex;align-items:center;gap:.35rem;border:1px solid var(--line);border-radius:99px;padding:.15rem .7rem;font-size:.875rem;background:var(--raised);cursor:pointer}
label small{color:var(--faint);font-variant-numeric:tabular-nums}
label input{position:absolute;opacity:0;pointer-events:none}
label:has(:checked){border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink)}
.mark{display:inline-grid;place-items:center;width:1.35em;height:1.35em;border-radius:4px;background:var(--tone);color:var(--ground);font-size:.85em;font-weight:700;line-height:1;flex:none}
.item{scroll-margin-top:7rem;border-bottom:1px solid var(--line);content-visibility:auto;contain-intrinsic-size:auto 44px}
.item>summary{display:flex;align-items:center;gap:.75rem;padding:.55rem .25rem;min-height:44px;list-style:none}
.item>summary::-webkit-details-marker{display:none}
.item>summary::after{content:"";flex:none;width:.45rem;height:.45rem;border:solid var(--faint);border-width:0 2px 2px 0;transform:rotate(45deg);margin:0 .4rem .2rem 0}
.item[open]>summary::after{transform:rotate(-135deg);margin-bottom:-.2rem}
.item>summary:hover{background:var(--raised)}
.item .id{font-family:ui-monospace,monospace;font-size:.9rem;flex:1 1 auto;min-width:0;overflow-wrap:anywhere}
.item .outcome{color:var(--tone);font-size:.875rem;font-weight:600;flex:0 0 8.2rem}
.item .about{color:var(--faint);font-size:.875rem;font-variant-numeric:tabular-nums;flex:0 0 6.4rem;text-align:right}
.body{padding:.5rem .25rem 1.75rem}
.row{display:flex;flex-wrap:wrap;gap:1.1rem;align-items:flex-start}
.pair{display:flex;gap:.6rem;align-items:center;color:var(--faint)}
figure{margin:0;max-width:100%}
figure svg{max-width:100%;height:auto;outline:1px solid #7f7f7f66}
figcaption{font-size:.8rem;line-height:1.35;color:var(--faint);margin-top:.35rem;max-width:15rem;font-variant-numeric:tabular-nums}
figcaption .yes{color:var(--right)}figcaption .no{color:var(--wrong)}
.refusal{border-left:3px solid var(--refused);padding-left:.75rem;margin:.25rem 0 1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.25rem .9rem .25rem 0;font-weight:400;white-space:nowrap}
th:first-child{text-align:left}thead th{color:var(--faint);border-bottom:1px solid var(--line)}
.none{display:none;color:var(--faint);padding:1rem .25rem}
@media(max-width:640px){
.cards{grid-template-columns:1fr 1fr}.card .value{font-size:1.5rem}.card:first-child{grid-column:1/-1}
.item>summary{flex-wrap:wrap;gap:.1rem .6rem}
.item .id{flex:1 1 calc(100% - 5rem)}.item .outcome{flex:0 0 auto;order:3;margin-left:1.9rem}
.item .about{flex:0 0 auto;order:4}.item>summary::after{order:2}
.pair{gap:.4rem}
form{position:static}.item{scroll-margin-top:0}
}
@media print{form{display:none}}
`;
