SELECT kind, class, sum(failures) AS failures FROM issue GROUP BY kind, class ORDER BY kind, class
