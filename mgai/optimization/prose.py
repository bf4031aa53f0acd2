"""A page of plain English, written for this book: the natural text of ``chapters/3-optimization/tiny-transformer``."""

PROSE = """
The ferry left the island at six, when the light was still grey and the gulls had not begun to quarrel. On the lower
deck a boy counted the posts of the pier, and when there were no more posts he counted the waves. His aunt had told him
that a wave is not a thing but a habit of the water, and he had thought about this all night. If the water stays and
only the habit moves, then what was it that had carried his paper boat away.
By the time the mainland rose out of the mist, he had an answer, though not a good one. The boat had been carried by
the wind, and the wind had been waiting for it behind the lighthouse. He told this to the man who sold the tickets.
The man listened, looked at the sea, and said that in his opinion the wind waits for nobody. It only comes when it is
called, and it is called by the warm sand, which wants company in the afternoon.
The boy wrote both answers on the back of his ticket. Under them he drew a line, as they did at school, and under the
line he wrote that more boats were needed. At home he folded nine of them, out of white paper, and gave each a number.
On the next morning the sea was flat, the sand was cold, and none of the nine boats moved at all. He sat on the stones
and waited. At noon the first boat turned a little to the left, then the second, and then all the others, one after
another, as if someone had called them by their numbers. He did not shout, and he did not run after them. He took the
ticket out of his pocket, found the line, and wrote below it that the man had been right about the sand.
In the evening his aunt read what he had written. She said that it was the beginning of a science, and that the rest of
it was mostly counting. He asked how many boats it would take to be certain. She thought for a while, and then she
answered that nobody had ever had that much paper, but that after a hundred boats he would sleep well.
"""
