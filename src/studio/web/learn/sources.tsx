// Where what is told here comes from.

interface Source {
  readonly what: string;
  readonly who: string;
  readonly year: number;
  readonly where?: string;
}

const arxiv = (number: string): string => `https://arxiv.org/abs/${number}`;

const SOURCES: readonly (readonly [about: string, sources: readonly Source[]])[] = [
  [
    "The puzzles, and what began this",
    [
      {
        what: "On the Measure of Intelligence (ARC)",
        who: "Chollet",
        year: 2019,
        where: arxiv("1911.01547"),
      },
      {
        what: "ARC Prize experiment: Qwen3-8B turned into a masked diffusion model",
        who: "Matthew Newton",
        year: 2025,
        where: "https://www.matthewnewton.com/blog/arc-challenge-diffusion",
      },
    ],
  ],
  [
    "Masked diffusion",
    [
      { what: "MaskGIT: surest cells first, in a fixed number of rounds", who: "Chang et al.", year: 2022 },
      { what: "MDLM: simple masked diffusion language models", who: "Sahoo et al.", year: 2024 },
      { what: "LLaDA: large language diffusion models", who: "Nie et al.", year: 2025 },
      { what: "DiffuLLaMA: from typewriters to diffusion models", who: "Gong et al.", year: 2025 },
      { what: "Dream 7B", who: "Ye et al.", year: 2025 },
    ],
  ],
  [
    "Order and speed",
    [
      {
        what: "Train for the worst, plan for the best: orders in masked diffusion",
        who: "Kim et al.",
        year: 2025,
      },
      {
        what: "Fast-dLLM: all cells above a threshold",
        who: "Wu et al.",
        year: 2025,
        where: arxiv("2505.22618"),
      },
      { what: "EB-sampler: an entropy bound", who: "Ben-Hamu et al.", year: 2025 },
      { what: "BD3-LM: block diffusion with an exact cache", who: "Arriola et al.", year: 2025 },
      {
        what: "Prompt Cache; Block-Attention: fragments used again",
        who: "Gim et al.; Ma et al.",
        year: 2023,
      },
    ],
  ],
  [
    "Taking back",
    [
      {
        what: "SequenceMatch: a backspace for language models",
        who: "Cundy & Ermon",
        year: 2023,
        where: arxiv("2306.05426"),
      },
      { what: "ReMDM: remasking", who: "Wang et al.", year: 2025, where: arxiv("2503.00307") },
      { what: "LLaDA2.1: token editing", who: "Bie et al.", year: 2026, where: arxiv("2602.08676") },
    ],
  ],
  [
    "Views, search, test-time training",
    [
      {
        what: "The ARChitects: depth-first search, augmented views, test-time training",
        who: "Franzen et al.",
        year: 2024,
      },
      { what: "Product of experts on ARC", who: "Franzen et al.", year: 2025, where: arxiv("2505.07859") },
    ],
  ],
];

export function Sources() {
  return (
    <section class="learn-sources" data-testid="sources">
      <h2>Sources</h2>
      <p class="small quiet">
        Figures of this project's models are from its README and its lab-notes, where the commands stand that
        measured them; what is drawn on this page was computed by the model just now.
      </p>
      {SOURCES.map(([about, sources]) => (
        <section key={about}>
          <h3>{about}</h3>
          <ul>
            {sources.map(({ what, who, year, where }) => (
              <li key={what}>
                {where ? (
                  <a href={where} rel="noreferrer">
                    {what}
                  </a>
                ) : (
                  what
                )}
                <span class="quiet">
                  , {who}, {year}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}
