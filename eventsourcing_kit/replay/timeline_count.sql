SELECT count(*) FROM movements WHERE position <= $head
