/** How a setting's name is spelt where people write it: "batchSize" is "batch-size". */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
