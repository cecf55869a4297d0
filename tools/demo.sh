#!/usr/bin/env bash
# The main job on the example district: workbooks → registers → snapshot → measures → verdict → report, then the site.
# Everything goes into var/demo, apart from any real data. SERVE=0 ends before serving; PORT chooses another port.
set -eu
cd "$(dirname "$0")/.."
export JIAOHENG_DATA=${JIAOHENG_DATA:-var/demo}
export JIAOHENG_PASSWORD=${JIAOHENG_PASSWORD:-jiaoheng-demo}
jiaoheng=.venv/bin/jiaoheng
out=$JIAOHENG_DATA
say() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }

say "1/8 The example district's workbooks: the directory, three years of statistics and of every register"
$jiaoheng example --dirty --output "$out/workbooks"
say "2/8 Taking in the directory and the yearly statistics"
$jiaoheng import "$out/workbooks/taken-in"
say "3/8 Accounts: who enters, who approves"
$jiaoheng account officer --role officer --organisation 990101
$jiaoheng account reviewer --role officer --organisation 990101
$jiaoheng account leader --role leader --organisation 990101
$jiaoheng account clerk --role clerk --organisation "$($jiaoheng example --clerk-school)"
$jiaoheng account head --role leader --organisation "$($jiaoheng example --clerk-school)"
say "4/8 Taking in the registers, year by year: staff, classes, pupils and what became of them; then posts, money, licences, population"
for year in 2016-2017 2017-2018 2018-2019 各年; do
    $jiaoheng import "$out/workbooks/registers/$year"-*.xlsx --as officer --approved-by reviewer
done
$jiaoheng example-history
$jiaoheng example-plan
$jiaoheng example-ledgers --until 2018-08-31  # for the papers of that year
$jiaoheng example-ledgers                     # and the twelve months up to today, for everybody's desk
say "5/8 Freezing the registers, and where the statistics say another number than they do"
$jiaoheng freeze --date 2018-09-01
$jiaoheng discrepancies --on 2018-09-01 || true
say "6/8 Computing every measure"
$jiaoheng compute --output "$out/values.csv"
say "7/8 Holding them against the standard (教督〔2017〕6号)"
$jiaoheng judge high_quality_balance_2017
say "8/8 Writing the report"
$jiaoheng report annual_report --organisation 990101 --output "$out"/annual_report.docx --output "$out"/annual_report.pdf --output "$out"/annual_report.html
$jiaoheng example-round

say "Done. Everything is in $out; the report is $out/annual_report.pdf"
echo "Workbooks with planted faults to try the checks on: $out/workbooks/有误的表.xlsx and $out/workbooks/dirty"
echo "To use the command on this data: export JIAOHENG_DATA=$out"
[ "${SERVE:-1}" = 0 ] && exit 0
say "The site: http://127.0.0.1:${PORT:-8000}   sign in as officer, reviewer, leader, clerk or head (of the clerk's school); password: $JIAOHENG_PASSWORD"
exec $jiaoheng serve --port "${PORT:-8000}"
