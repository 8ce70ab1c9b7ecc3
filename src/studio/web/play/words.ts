/** A count or milliseconds as people read them: "1,930". */
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
